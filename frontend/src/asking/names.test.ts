import { describe, expect, test } from 'vitest';

import type { Column } from '../api/types';
import { readLayout } from '../query/layout';
import { readQuery } from '../query/rows';
import { keyFor, named } from './names';

const column = (key: string, name: string): Column => ({
  key,
  name,
  type: 'text',
  nulls: 0,
  generated: false,
});
const COLUMNS = [
  column('total', 'TOTAL'),
  column('state_name', 'State Name'),
  column('a', 'Rate'),
  column('rate', 'rate'),
  column('x', 'Twice'),
  column('x_2', 'Twice'),
];

describe('a name in an address', () => {
  test.each([
    ['TOTAL', 'total'],
    ['Total', 'total'],
    ['State Name', 'state_name'],
    ['STATE_NAME', 'state_name'],
    ['Rate', 'a'],
    ['RATE', null],
    ['Twice', null],
    ['nothing', null],
  ])('%s is the column %s', (name, key) => {
    expect(keyFor(name, COLUMNS)).toBe(key);
  });

  test('becomes a key wherever it stands, and what has none stays', () => {
    const search = new URLSearchParams('sort=-TOTAL,gone&Rate__eq=5&columns=TOTAL,rate');
    const asked = { query: readQuery(search), layout: readLayout(search) };
    const found = named(asked, COLUMNS);
    expect(found?.query.sort.map(({ key }) => key)).toEqual(['total', 'gone']);
    expect(found?.query.filters).toEqual([{ key: 'a', operator: 'eq', value: '5' }]);
    expect(found?.layout.columns).toEqual(['total', 'rate']);
    expect(found === null ? null : named(found, COLUMNS)).toBeNull();
  });
});
