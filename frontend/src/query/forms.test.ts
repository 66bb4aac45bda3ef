import { describe, expect, test } from 'vitest';

import { filtersOf, formOf, isValue, WAYS, type FilterForm } from './forms';
import type { Filter, Operator } from './rows';

const filter = (operator: Operator, value: string): Filter => ({ key: 'k', operator, value });

describe('the form of a column', () => {
  test('says what it was filled with', () => {
    const forms: [keyof typeof WAYS, FilterForm][] = [
      ['text', { way: 'contains', first: 'ørsted', last: '' }],
      ['text', { way: 'eq', first: 'true', last: '' }],
      ['text', { way: 'empty', first: '', last: '' }],
      ['number', { way: 'between', first: '1', last: '2.5' }],
      ['number', { way: 'between', first: '', last: '2.5' }],
      ['integer', { way: 'ne', first: '7', last: '' }],
      ['date', { way: 'between', first: '2026-01-01', last: '2026-02-01' }],
      ['boolean', { way: 'false', first: '', last: '' }],
      ['boolean', { way: 'filled', first: '', last: '' }],
    ];
    for (const [type, form] of forms) {
      expect(formOf(type, filtersOf('k', form))).toEqual(form);
    }
  });

  test('asks nothing while it is blank', () => {
    expect(filtersOf('k', formOf('text', []))).toEqual([]);
    expect(filtersOf('k', formOf('number', []))).toEqual([]);
    expect(formOf('boolean', [])).toEqual({ way: 'true', first: '', last: '' });
  });

  test('shows the range of a bar', () => {
    const bar = [filter('gte', '10'), filter('lt', '20')];
    expect(formOf('number', bar)).toEqual({ way: 'between', first: '10', last: '20' });
  });

  test('shows no filter that it has no way for', () => {
    expect(formOf('text', [filter('in', 'a,b')])).toEqual({ way: 'contains', first: '', last: '' });
  });
});

test('a value must be one of its type', () => {
  expect(isValue('number', '-12.5e3')).toBe(true);
  expect(isValue('number', '12,5')).toBe(false);
  expect(isValue('integer', '9007199254740993')).toBe(true);
  expect(isValue('integer', '1.5')).toBe(false);
  expect(isValue('text', '')).toBe(true);
});
