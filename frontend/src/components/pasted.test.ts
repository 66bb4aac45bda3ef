import { afterEach, describe, expect, test } from 'vitest';

import { tableIn } from './pasted';

function pasted(text: string, html = '', picture = false) {
  return { text, html, picture };
}

const parser = Document as unknown as { parseHTML?: unknown };

afterEach(() => {
  delete parser.parseHTML;
});

function canParse(): void {
  parser.parseHTML = (html: string) => new DOMParser().parseFromString(html, 'text/html');
}

describe('what is pasted', () => {
  test('from a spreadsheet stays as the program wrote it', () => {
    canParse();
    const text = 'name\tnote\r\nOslo\t"two\nlines, ""quoted"""\r\n';
    const html =
      '<html xmlns:x="urn:schemas-microsoft-com:office:excel"><table><tr><td>name</td></tr></table>';
    expect(tableIn(pasted(text, html, true))).toEqual({
      text,
      reading: { delimiter: 'tab' },
      extension: 'tsv',
    });
  });

  test('as one column of a spreadsheet is not split at its commas', () => {
    const text = 'name\nDoe, Jane\nRoe, Rick\n';
    const html = '<google-sheets-html-origin><table><tr><td>name</td></tr></table>';
    expect(tableIn(pasted(text, html))).toMatchObject({ text, reading: { delimiter: 'tab' } });
  });

  test('as text is read as a file would be', () => {
    expect(tableIn(pasted('a,b\n1,2\n'))).toEqual({
      text: 'a,b\n1,2\n',
      reading: {},
      extension: 'csv',
    });
    expect(tableIn(pasted('a\tb\n1\t2'))).toMatchObject({ reading: {}, extension: 'tsv' });
  });

  test('as JSON is read as such, be it in one line', () => {
    const text = '[{"a":1},{"a":2}]';
    expect(tableIn(pasted(text))).toEqual({ text, reading: {}, extension: 'json' });
    expect(tableIn(pasted('{"a":1}\n{"a":2}'))).toMatchObject({ extension: 'csv' });
    expect(tableIn(pasted('[1'))).toBe('single');
  });

  test('from a page keeps cells with line breaks whole', () => {
    canParse();
    const html =
      '<p>See</p><table><tr><th>city</th><th>note</th></tr>' +
      '<tr><td>Oslo</td><td>two<br>lines</td></tr><tr><td colspan="2">"none"</td></tr></table>';
    const found = tableIn(pasted('city\tnote\nOslo\ttwo\nlines\nnone', html));
    expect(found).toEqual({
      text: 'city\tnote\nOslo\t"two\nlines"\n"""none"""\t\n',
      reading: { delimiter: 'tab' },
      extension: 'tsv',
    });
  });

  test('from a page is taken as text where that has the same cells', () => {
    canParse();
    const html = '<table><tr><td>a</td><td>b</td></tr><tr><td>1</td><td>2</td></tr></table>';
    expect(tableIn(pasted('a\tb\n1\t 2', html))).toMatchObject({ text: 'a\tb\n1\t 2' });
  });

  test('as markup alone is read where the browser can', () => {
    const html = '<table><tr><td>a</td><td>b</td></tr></table>';
    expect(tableIn(pasted('', html))).toBe('nothing');
    canParse();
    expect(tableIn(pasted('', html))).toMatchObject({ text: 'a\tb\n' });
  });

  test('is no table where there is nothing, a picture, or one cell', () => {
    expect(tableIn(pasted(''))).toBe('nothing');
    expect(tableIn(pasted(' \n\n'))).toBe('nothing');
    expect(tableIn(pasted('', '', true))).toBe('picture');
    expect(tableIn(pasted('Oslo\n'))).toBe('single');
    expect(tableIn(pasted('Oslo\tBergen'))).not.toBe('single');
  });
});
