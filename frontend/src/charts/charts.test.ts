import { describe, expect, test } from 'vitest';

import { readAddress, searchOf } from '../address.svelte';
import type { ChartAnswer, Column } from '../api/types';
import { chartOf, firstChart, readChart, type Chart } from '../query/chart';
import { choicesFor, shownOf, usualY, withShown, withX } from './choosing';
import { marksOf, pairsOf, questionOf, shownForm } from './marks';
import { describe as say, emptiness, misfit, notesOf, titleOf } from './telling';
import { apart, placeTicks } from './ticks';

function column(key: string, type: Column['type']): Column {
  return { key, name: key.toUpperCase(), type, nulls: 0, generated: false };
}

const COLUMNS = [
  column('order_id', 'integer'),
  column('store', 'text'),
  column('placed', 'date'),
  column('pieces', 'integer'),
  column('price', 'number'),
];

function told(key: string): ChartAnswer['x'] {
  const { name, type } = COLUMNS.find((one) => one.key === key) ?? column(key, 'text');
  return { key, name, type, nulls: 0, nan: 0, infinite: 0 };
}

function answer(part: Partial<ChartAnswer>): ChartAnswer {
  const known = { share: 'abc', revision: 1, sheet_index: 0, total: 10, drawn: 10 };
  const usual = { form: 'categories', measure: 'count', x: told('store'), y: null } as const;
  return { ...known, ...usual, marks: [], ...part };
}

const STORES = answer({
  marks: [
    { x: 'Oslo', rows: 5, value: 5 },
    { x: '', rows: 2, value: 2 },
    { x: 'L'.repeat(200), x_length: 300, rows: 1, value: 1 },
  ],
  others: { categories: 4, rows: 1, value: 1 },
  unplaced: { rows: 1, value: 1 },
});

const MONTHS = answer({
  form: 'periods',
  period: 'month',
  measure: 'sum',
  x: told('placed'),
  y: { ...told('price'), nulls: 2 },
  marks: ['2024-11', '2024-12', '2025-01', '2025-02'].map((from, at, all) => ({
    from: `${from}-01`,
    to: `${all[at + 1] ?? '2025-03'}-01`,
    rows: at + 1,
    count: at + 1,
    value: at * 2.5,
  })),
  unplaced: { rows: 3, count: 3, value: 7 },
});

const BINS = answer({
  form: 'bins',
  x: told('pieces'),
  marks: [
    { from: 0, to: 10, rows: 4, value: 4 },
    { from: 10, to: 20, rows: 6, value: 6 },
  ],
});

const CELLS = answer({
  form: 'cells',
  measure: null,
  x: told('pieces'),
  y: told('price'),
  total: 12,
  marks: [
    { from: 0, to: 5, y_from: 0, y_to: 50, rows: 9 },
    { from: 5, to: 10, y_from: 50, y_to: 100, rows: 1 },
  ],
});

describe('a chart in the address', () => {
  const chart: Chart = { x: 'store', y: 'price', measure: 'mean', period: null, kind: null };

  test('is read as it was written', () => {
    history.replaceState(null, '', '/s/abc?sort=-price');
    const search = searchOf({ ...readAddress(), chart });
    expect(search).toBe('?sort=-price&chart=store&y=price&measure=mean');
    expect(readChart(new URLSearchParams(search))).toEqual(chart);
  });

  test('what nobody knows in it is left out', () => {
    expect(readChart(new URLSearchParams('y=price'))).toBeUndefined();
    const odd = readChart(new URLSearchParams('chart=a&measure=median&period=eon&kind=pie'));
    expect(odd).toEqual(chartOf('a'));
  });

  test('asks only for what fits its columns', () => {
    const asked = { ...chart, period: 'month' as const };
    expect(questionOf(asked, COLUMNS)).toEqual([
      ['x', 'store'],
      ['y', 'price'],
      ['measure', 'mean'],
    ]);
    const hours = { ...chartOf('placed'), period: 'hour' as const, measure: 'sum' as const };
    expect(questionOf(hours, COLUMNS)).toEqual([['x', 'placed']]);
  });

  test('begins over time, or with a text', () => {
    expect(firstChart(COLUMNS).x).toBe('placed');
    expect(firstChart(COLUMNS.slice(0, 2)).x).toBe('store');
    expect(firstChart(COLUMNS.slice(0, 1)).x).toBe('order_id');
  });
});

describe('choosing', () => {
  test('a measure takes the column that is most likely meant', () => {
    expect(usualY(COLUMNS, 'store')).toBe('price');
    expect(usualY(COLUMNS.slice(0, 4), 'store')).toBe('pieces');
    expect(usualY(COLUMNS.slice(0, 1), 'order_id')).toBe('order_id');
    expect(usualY(COLUMNS.slice(1, 3), 'store')).toBeNull();
  });

  test('rows, a measure and points lead to each other', () => {
    const sum = withShown(chartOf('store'), 'sum', COLUMNS);
    expect([sum.y, shownOf(sum, COLUMNS)]).toEqual(['price', 'sum']);
    expect(shownOf(withShown(sum, 'rows', COLUMNS), COLUMNS)).toBe('rows');
    const points = withShown(chartOf('pieces'), 'points', COLUMNS);
    expect(shownOf(points, COLUMNS)).toBe('points');
    expect(shownOf(withX(points, 'store', COLUMNS), COLUMNS)).toBe('sum');
    expect(shownOf(withX(sum, 'pieces', COLUMNS), COLUMNS)).toBe('sum');
    expect(withX({ ...sum, period: 'week', kind: 'bar' }, 'pieces', COLUMNS).period).toBeNull();
  });

  test('only what can be drawn is offered', () => {
    expect(choicesFor(chartOf('store'), COLUMNS.slice(1, 3))).toEqual(['rows']);
    expect(choicesFor(chartOf('store'), COLUMNS)).not.toContain('points');
    expect(choicesFor(chartOf('price'), COLUMNS)).toContain('points');
  });
});

describe('marks', () => {
  test('of categories lead to their rows; those beside them are told apart', () => {
    const marks = marksOf(STORES);
    expect(marks.map(({ label }) => label).slice(0, 2)).toEqual(['Oslo', '(empty text)']);
    expect(marks.map(({ filters }) => filters[0]?.operator)).toEqual([
      'eq',
      'eq',
      'startswith',
      undefined,
      'isnull',
    ]);
    expect(marks.map(({ aside }) => aside)).toEqual([false, false, false, true, true]);
    expect(marks[3]?.label).toBe('4 others');
  });

  test('of bins and periods hold their beginning and not their end, but for the last one', () => {
    const [first, last] = marksOf(BINS).map(({ filters }) => filters);
    expect(first).toEqual([
      { key: 'pieces', operator: 'gte', value: '0' },
      { key: 'pieces', operator: 'lt', value: '10' },
    ]);
    expect(last?.[1]).toEqual({ key: 'pieces', operator: 'lte', value: '20' });
    expect(marksOf(MONTHS).map(({ said }) => said)).toEqual(['0.0', '2.5', '5.0', '7.5']);
  });

  test('of integers that have one each are those integers, years without separators', () => {
    const years = [2023, 2024].map((year) => ({ from: year, to: year + 1, rows: 1, value: 1 }));
    const marks = marksOf(answer({ form: 'bins', x: told('pieces'), marks: years }));
    expect(marks.map(({ label }) => label)).toEqual(['2023', '2024']);
    expect(marks[0]?.filters).toEqual([{ key: 'pieces', operator: 'eq', value: '2023' }]);
  });

  test('of single days are found by that day alone', () => {
    const [first] = ['2024-02-29', '2024-03-01'].map((from, at) => ({
      ...{ from, to: ['2024-03-01', '2024-03-02'][at] },
      ...{ rows: 1, value: 1 },
    }));
    const one = { form: 'periods', period: 'day', x: told('placed') } as const;
    const [mark] = marksOf(answer({ ...one, marks: first === undefined ? [] : [first] }));
    expect(mark?.filters).toEqual([{ key: 'placed', operator: 'eq', value: '2024-02-29' }]);
  });

  test('of periods that the data covers only in part say from or until when', () => {
    const limits = { partial_from: '2024-11-20', partial_until: '2025-02-14' };
    const marks = marksOf({ ...MONTHS, ...limits });
    expect(marks.map(({ label }) => label)).toEqual([
      'November 2024 (from Nov 20)',
      'December 2024',
      'January 2025',
      'February 2025 (until Feb 14)',
    ]);
    expect(marks.map(({ partial }) => partial)).toEqual([true, false, false, true]);
    const whole = { ...MONTHS, partial_from: null, partial_until: null };
    expect(marksOf(whole)).toEqual(marksOf(MONTHS));
  });

  test('squares lead to the rows of both columns', () => {
    const [first, last] = pairsOf(CELLS);
    expect(first?.filters.map(({ key, operator }) => `${key} ${operator}`)).toEqual([
      'pieces gte',
      'pieces lt',
      'price gte',
      'price lt',
    ]);
    expect(last?.filters.map(({ operator }) => operator)).toEqual(['gte', 'lte', 'gte', 'lte']);
  });

  test('a value without a place in a picture is not drawn, but said', () => {
    const [mark] = marksOf(answer({ marks: [{ x: 'a', rows: 1, value: 'Infinity' }] }));
    expect([mark?.value, mark?.said]).toEqual([null, '∞']);
  });

  test('periods and bins can be both bars and a line, others only what they are', () => {
    expect([shownForm(MONTHS, null), shownForm(MONTHS, 'bar')]).toEqual(['line', 'bar']);
    expect([shownForm(BINS, null), shownForm(BINS, 'line')]).toEqual(['bar', 'line']);
    expect(shownForm(STORES, 'line')).toBe('categories');
  });
});

describe('names', () => {
  test('below an axis begin with round months and do not touch', () => {
    const frame = { left: 0, right: 120, top: 0, bottom: 100 };
    const ticks = apart(placeTicks(MONTHS, frame), 120);
    expect(ticks.length).toBeGreaterThan(0);
    expect(ticks.length).toBeLessThan(4);
    expect(placeTicks(BINS, { ...frame, right: 400 }).map(({ label }) => label)).toEqual([
      '0',
      '10',
      '20',
    ]);
  });
});

describe('a chart in words', () => {
  const plain = (text: string): string => text.replace(/[\u2068\u2069]/g, '');

  test('says what is drawn, and its least and greatest', () => {
    expect(plain(titleOf(MONTHS))).toBe('Sum of PRICE by month of PLACED');
    expect(plain(say(MONTHS, 'line', marksOf(MONTHS)))).toBe(
      'Line chart. Sum of PRICE by month of PLACED. 4 marks; least: November 2024, 0.0; greatest: February 2025, 7.5.',
    );
    expect(plain(say(CELLS, 'cells', pairsOf(CELLS)))).toContain('10 rows; across 0 to 10; up 0');
  });

  test('leaves nothing out without a word', () => {
    const notes = notesOf(MONTHS, marksOf(MONTHS)).map(plain);
    expect(notes[0]).toBe('3 rows without a value in PLACED are not drawn (Sum of PRICE: 7).');
    expect(notes[1]).toContain('2 cells of PRICE');
    expect(notesOf(CELLS, pairsOf(CELLS)).map(plain)[1]).toContain('2 rows lack one of the two');
  });

  test('says which periods the data covers only in part', () => {
    const cut = { ...MONTHS, partial_until: '2025-02-14' };
    const said = 'The data covers only a part of February 2025 (until Feb 14).';
    expect(plain(say(cut, 'line', marksOf(cut)))).toContain(said);
    expect(notesOf(cut, marksOf(cut))[0]).toBe(said);
  });

  test('teaches where there is nothing to see', () => {
    expect(emptiness(answer({ total: 0, drawn: 0 }))).toContain('No row fits');
    expect(emptiness(answer({ drawn: 0 }))).toContain('all 10 rows');
    expect(emptiness({ ...CELLS, drawn: 0 })).toContain('No row has both');
    expect(emptiness(STORES)).toBeNull();
    const once = Array.from({ length: 6 }, (_, at) => ({ x: String(at), rows: 1, value: 1 }));
    const unique = answer({ marks: once, others: { categories: 4, rows: 4, value: 4 } });
    expect(notesOf(unique, marksOf(unique))[0]).toContain('Every value is there once');
  });

  test('says which column is not there, or does not hold numbers', () => {
    expect(misfit(chartOf('gone'), COLUMNS)).toContain('“gone”');
    expect(misfit({ ...chartOf('store'), y: 'placed' }, COLUMNS)).toContain('numbers');
    expect(misfit({ ...chartOf('store'), y: 'price' }, COLUMNS)).toBeNull();
  });
});
