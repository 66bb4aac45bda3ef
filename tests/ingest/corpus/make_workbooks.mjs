// Writes workbooks/sheetjs-*: our own cells and the tables beside it, as SheetJS saves them.
// SheetJS is no dependency of ours: npm install xlsx@0.18.5 somewhere else, then
// NODE_PATH=…/node_modules node make_workbooks.mjs
import { createRequire } from "node:module";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const XLSX = createRequire(import.meta.url)("xlsx");
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

/** A cell with a value, a type and perhaps a number format. */
const cell = (v, t, z) => ({ v, t, ...(z === undefined ? {} : { z }) });
const whole = (v) => cell(v, "n");
const text = (v) => cell(v, "s");
const flag = (v) => cell(v, "b");
const fault = (v) => cell(v, "e");
const day = (v) => cell(v, "n", "yyyy-mm-dd");
const moment = (v) => cell(v, "n", "yyyy-mm-dd hh:mm:ss");
const clock = (v) => cell(v, "n", "hh:mm:ss");
const length = (v) => cell(v, "n", "[h]:mm:ss");

function sheetOf(rows, at = { r: 0, c: 0 }) {
  const sheet = {};
  const end = { r: at.r, c: at.c };
  rows.forEach((row, r) =>
    row.forEach((one, c) => {
      if (one === null) return;
      sheet[XLSX.utils.encode_cell({ r: at.r + r, c: at.c + c })] = one;
      end.r = Math.max(end.r, at.r + r);
      end.c = Math.max(end.c, at.c + c);
    }),
  );
  sheet["!ref"] = XLSX.utils.encode_range({ s: { r: 0, c: 0 }, e: end });
  return sheet;
}

const names = (...all) => all.map(text);
const kinds = [
  names("whole", "decimal", "flag", "day", "moment", "clock", "length", "code", "word", "broken"),
  [whole(1), whole(1.5), flag(true), day(45293), moment(45293.25), clock(0.0625), length(1.25),
    text("00123"), text("ørsted & <co>"), fault(7)],
  [whole(-2), whole(2), flag(false), day(60), moment(45294.5), clock(0.5), length(2.5),
    text("5"), text("売上高 😀"), fault(42)],
  [null, whole(1e20), null, null, null, null, null, text(" 7 "), text("two\nlines"), whole(9)],
  [whole(4503599627370497), whole(0.1), flag(true), day(73050), moment(1.5), clock(0), length(100),
    text("true"), text('say "so"'), fault(23)],
];
const shifted = [names("name", "amount"), [text("anna"), whole(5)], [text("bert"), whole(6.25)]];

function book(sheets, hidden = []) {
  const made = XLSX.utils.book_new();
  for (const [name, sheet] of sheets) XLSX.utils.book_append_sheet(made, sheet, name);
  made.Workbook = { Sheets: sheets.map(([name]) => ({ name, Hidden: hidden.includes(name) ? 1 : 0 })) };
  return made;
}

function merged() {
  const sheet = sheetOf([names("group", "value"), [text("x"), whole(1)], [null, whole(2)], [text("y"), whole(3)]]);
  sheet["!merges"] = [{ s: { r: 1, c: 0 }, e: { r: 2, c: 0 } }];
  return sheet;
}

function save(name, made, formats) {
  for (const [ending, bookType] of formats) {
    const content = XLSX.write(made, { type: "buffer", bookType, compression: true, bookSST: true });
    writeFileSync(here(`workbooks/sheetjs-${name}.${ending}`), content);
  }
}

const ALL = [["xlsb", "xlsb"], ["xls", "biff8"], ["ods", "ods"], ["fods", "fods"], ["xlsx", "xlsx"]];
save("kinds", book([["Kinds", sheetOf(kinds)]]), ALL);
save("shifted", book([["Shifted", sheetOf(shifted, { r: 3, c: 2 })]]), ALL);
save("merged", book([["Merged", merged()]]), ALL);
save("hidden", book([["One", sheetOf(shifted)], ["Two", sheetOf(kinds)], ["Three", merged()]], ["Two"]),
  ALL.filter(([ending]) => ending === "xlsb" || ending === "xls" || ending === "xlsx"));
const tables = readdirSync(here("tables")).filter((name) => name.endsWith(".csv")).sort();
for (const name of tables.filter((_, at) => at % 6 === 0)) {
  const made = XLSX.read(readFileSync(here(`tables/${name}`)), { type: "buffer", raw: true, codepage: 65001 });
  const stem = name.replace(/\.csv$/, "");
  save(stem, made, [["xlsb", "xlsb"], ["ods", "ods"]]);
  // pyxlsb does not know cells that follow upon another one, nor strings that are not shared
  const rows = XLSX.utils.sheet_to_json(made.Sheets[made.SheetNames[0]], { header: 1 });
  const spaced = XLSX.utils.aoa_to_sheet(rows.map((row) => row.flatMap((value) => [value, null])));
  save(`spaced-${stem}`, book([["Spaced", spaced]]), [["xlsb", "xlsb"]]);
}
const wide = kinds.map((row) => row.flatMap((one) => [one, null]));
save("spaced-kinds", book([["Kinds", sheetOf(wide)]]), [["xlsb", "xlsb"]]);
