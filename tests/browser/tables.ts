/** Files for the tests, built in memory: a reader of a test sees what is in them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Upload {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

export function csv(name: string, ...lines: string[]): Upload {
  return delimited(name, lines);
}

/** The same from many lines. */
export function delimited(name: string, lines: readonly string[]): Upload {
  return {
    name,
    mimeType: 'text/csv',
    buffer: Buffer.from(`${lines.join('\n')}\n`),
  };
}

/** What begins like a workbook and is none. */
export const BROKEN: Upload = {
  name: 'broken.xlsx',
  mimeType: 'application/octet-stream',
  buffer: Buffer.from('PK\u0003\u0004 not a workbook at all'),
};

/** `rows` numbered rows: id, name, amount, day. */
export function numbered(name: string, rows: number, mark = 'row'): Upload {
  const lines = ['id,name,amount,day'];
  for (let row = 1; row <= rows; row += 1) {
    const day = String((row % 28) + 1).padStart(2, '0');
    lines.push(`${String(row)},${mark} ${String(row)},${(row * 1.25).toFixed(2)},2026-01-${day}`);
  }
  return delimited(name, lines);
}

/** The same as a file on the disk: one that a browser opens by itself, and knows again. */
export function onDisk(folder: string, { name, buffer }: Upload): string {
  const path = join(folder, name);
  writeFileSync(path, buffer);
  return path;
}

/** A table with many columns: `c1`…, each cell names its place. */
export function wide(name: string, columns: number, rows: number): Upload {
  const header = Array.from({ length: columns }, (_, column) => `c${String(column + 1)}`);
  const lines = Array.from({ length: rows }, (_, row) =>
    header.map((key) => `${key} r${String(row + 1)}`).join(','),
  );
  return delimited(name, [header.join(','), ...lines]);
}
