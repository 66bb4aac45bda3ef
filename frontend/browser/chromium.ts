/** Which Chromium the browser tests drive: TABLECAST_CHROMIUM, a system one, or npm's. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface ChromiumLaunch {
  executablePath: string;
  env?: Record<string, string>;
}

const SYSTEM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const PACKAGE = fileURLToPath(new URL('../node_modules/@sparticuz/chromium', import.meta.url));
const CACHE = fileURLToPath(new URL('../node_modules/.cache', import.meta.url));

export async function findChromium(): Promise<ChromiumLaunch> {
  const chosen = process.env.TABLECAST_CHROMIUM;
  if (chosen !== undefined && chosen !== '') return { executablePath: chosen };
  const system = systemChromium();
  return system === undefined ? packagedChromium() : { executablePath: system };
}

function systemChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return SYSTEM_NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(
    isExecutable,
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function packagedChromium(): Promise<ChromiumLaunch> {
  const manifest = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {
    version: string;
  };
  const folder = join(CACHE, `chromium-${manifest.version}`);
  if (!existsSync(folder)) await unpack(folder);
  return {
    executablePath: join(folder, 'chromium'),
    env: {
      ...(process.env as Record<string, string>),
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  };
}

/** Unpacks beside the target and renames, so that a cut unpacking is never taken for a whole one. */
async function unpack(folder: string): Promise<void> {
  const arriving = `${folder}.${String(process.pid)}`;
  mkdirSync(arriving, { recursive: true });
  const before = process.env.TMPDIR;
  // The package unpacks into os.tmpdir(), which reads this.
  process.env.TMPDIR = arriving;
  const { default: chromium, inflate } = await import('@sparticuz/chromium');
  await chromium.executablePath(join(PACKAGE, 'bin'));
  await inflate(join(PACKAGE, 'bin', 'al2023.tar.br'));
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  writeFileSync(join(arriving, 'fonts.conf'), fontsConfiguration(folder));
  try {
    renameSync(arriving, folder);
  } catch (error) {
    rmSync(arriving, { recursive: true, force: true });
    // Another worker was quicker: then its folder is there.
    if (!existsSync(folder)) throw error;
  }
}

function fontsConfiguration(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>${folder}/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
</fontconfig>
`;
}
