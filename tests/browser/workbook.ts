/** Small workbooks (ECMA-376) made in memory: stored, not compressed, and nothing optional in them. */
import { crc32 } from 'node:zlib';

import type { Upload } from './tables';

export type Row = (string | number | null)[];

export function workbook(name: string, sheets: Record<string, Row[]>): Upload {
  const titles = Object.keys(sheets);
  const files: Record<string, string> = {
    '[Content_Types].xml': types(titles.length),
    '_rels/.rels': relations([['officeDocument', 'xl/workbook.xml']]),
    'xl/workbook.xml': book(titles),
    'xl/_rels/workbook.xml.rels': relations(
      titles.map((_, index) => ['worksheet', `worksheets/sheet${String(index + 1)}.xml`]),
    ),
  };
  titles.forEach((title, index) => {
    files[`xl/worksheets/sheet${String(index + 1)}.xml`] = sheet(sheets[title] ?? []);
  });
  const mimeType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
  return { name, mimeType, buffer: zip(files) };
}

const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const SHEETML = 'application/vnd.openxmlformats-officedocument.spreadsheetml';

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function types(count: number): string {
  const sheets = Array.from(
    { length: count },
    (_, index) =>
      `<Override PartName="/xl/worksheets/sheet${String(index + 1)}.xml" ContentType="${SHEETML}.worksheet+xml"/>`,
  );
  return `${HEAD}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${SHEETML}.sheet.main+xml"/>${sheets.join('')}</Types>`;
}

function relations(targets: [string, string][]): string {
  const all = targets.map(
    ([type, target], index) =>
      `<Relationship Id="r${String(index + 1)}" Type="${OFFICE}/${type}" Target="${target}"/>`,
  );
  return `${HEAD}<Relationships xmlns="${PACKAGE}/relationships">${all.join('')}</Relationships>`;
}

function book(titles: string[]): string {
  const sheets = titles.map(
    (title, index) =>
      `<sheet name="${escaped(title)}" sheetId="${String(index + 1)}" r:id="r${String(index + 1)}"/>`,
  );
  return `${HEAD}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${sheets.join('')}</sheets></workbook>`;
}

function sheet(rows: Row[]): string {
  const lines = rows.map((cells, row) => {
    const inside = cells.map((cell, column) => {
      const at = `${String.fromCharCode(65 + column)}${String(row + 1)}`;
      if (cell === null) return '';
      if (typeof cell === 'number') return `<c r="${at}"><v>${String(cell)}</v></c>`;
      return `<c r="${at}" t="inlineStr"><is><t>${escaped(cell)}</t></is></c>`;
    });
    return `<row r="${String(row + 1)}">${inside.join('')}</row>`;
  });
  return `${HEAD}<worksheet xmlns="${MAIN}"><sheetData>${lines.join('')}</sheetData></worksheet>`;
}

/** A ZIP archive (APPNOTE 6.3) of stored files. */
function zip(files: Record<string, string>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const name = Buffer.from(path);
    const data = Buffer.from(text);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, name, data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([20, 0]), common, tail, name]),
    );
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 0, 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}
