/** What a reading report says, taken with care: its shape may grow. */
export interface Remark {
  code: string;
  count: number;
  rows: readonly number[];
  detail: string;
  sheet: string | null;
}

type Loose = Record<string, unknown>;

function isLoose(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function remark(value: unknown, sheet: string | null): Remark | null {
  if (!isLoose(value) || typeof value.code !== 'string') return null;
  const rows = Array.isArray(value.rows) ? value.rows.filter((row) => typeof row === 'number') : [];
  return {
    code: value.code,
    count: typeof value.count === 'number' ? value.count : rows.length,
    rows,
    detail: typeof value.detail === 'string' ? value.detail : value.code.replaceAll('_', ' '),
    sheet: typeof value.sheet === 'string' ? value.sheet : sheet,
  };
}

function listed(value: unknown, sheet: string | null): Remark[] {
  if (!Array.isArray(value)) return [];
  return value.map((one) => remark(one, sheet)).filter((one) => one !== null);
}

/** Every counted remark of a report: of the file, then of its sheets. */
export function remarksOf(report: Loose | null): Remark[] {
  if (report === null) return [];
  const sheets = Array.isArray(report.sheets) ? report.sheets.filter(isLoose) : [];
  const ofSheets = sheets.flatMap((sheet) =>
    listed(sheet.warnings, typeof sheet.name === 'string' ? sheet.name : null),
  );
  return [...listed(report.warnings, null), ...ofSheets];
}

const FACTS = ['format', 'encoding', 'delimiter', 'quote', 'header_row', 'engine'] as const;

const SIGNS: Readonly<Record<string, string>> = {
  '\t': 'tab',
  ',': 'comma',
  ';': 'semicolon',
  '|': 'pipe',
  ' ': 'space',
  '"': 'double quote',
  "'": 'single quote',
};

/** What was detected, as short `name: value` pairs for people. */
export function factsOf(report: Loose | null): { name: string; value: string }[] {
  if (report === null) return [];
  const detected = isLoose(report.detected) ? { ...report, ...report.detected } : report;
  return FACTS.flatMap((name) => {
    const given = detected[name];
    const value = isLoose(given) ? given.value : given;
    if (typeof value !== 'string' && typeof value !== 'number') return [];
    if (value === '') return [];
    return [{ name: name.replaceAll('_', ' '), value: SIGNS[String(value)] ?? String(value) }];
  });
}
