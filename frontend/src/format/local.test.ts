import { describe, expect, test } from 'vitest';

import { Meaning } from './meaning';
import { Saying } from './saying';

describe('what a cell means', () => {
  test.each([
    ['integer', '9223372036854775807', ['9223372036854775807']],
    ['integer', '00123', []],
    ['number', '12.50', ['12.50']],
    ['number', '-1.234.567,89', ['-1234567.89']],
    ['number', '1 234,5', ['1234.5']],
    ['number', '1’234.50', ['1234.50']],
    ['number', '1.5e-7', []],
    ['number', '12.125', ['12.125', '12125']],
    ['date', '2024-01-02', ['2024-01-02']],
    ['date', '31/12/2024', ['2024-12-31']],
    ['date', '2/1/2024', ['2024-01-02', '2024-02-01']],
    ['date', '2024-02-30', []],
    ['date', '0099-12-31', []],
    ['datetime', '2024-01-02 09:30:00.250000', ['2024-01-02T09:30:00.250000']],
    ['datetime', '12/31/2024 12:05 am', ['2024-12-31T00:05']],
    ['datetime', '2024-01-02T09:30+05:30', ['2024-01-02T09:30+05:30']],
    ['text', '12', []],
  ] as const)('%s %s', (type, text, meanings) => {
    expect(new Meaning(type).of(text)).toEqual(meanings);
  });

  test('a value tells what all cells of a column mean', () => {
    const number = new Meaning('number');
    number.learn('12.125', 12125);
    expect(number.of('1.234')).toEqual(['1234']);
    const day = new Meaning('date');
    day.learn('05/05/2024', '2024-05-05');
    expect(day.of('02/01/2024')).toHaveLength(2);
    day.learn('02/01/2024', '2024-02-01');
    expect(day.of('03/01/2024')).toEqual(['2024-03-01']);
  });
});

describe('in a language', () => {
  test.each([
    ['de', '1234567.890', '1.234.567,890'],
    ['en', '-9223372036854775808', '-9,223,372,036,854,775,808'],
    ['en', '0.12345678901234567890123', '0.12345678901234567890123'],
    ['en', '-0.5', '-0.5'],
    ['en', '2024', '2,024'],
    ['ar-EG', '1234.5', '١٬٢٣٤٫٥'],
  ])('%s: %s is %s', (language, plain, said) => {
    expect(new Saying(language).number(plain)).toBe(said);
  });

  test('a whole number of four digits may be a year', () => {
    expect(new Saying('en').whole('2024')).toBe('2024');
    expect(new Saying('en').whole('12024')).toBe('12,024');
  });

  test.each([
    ['de', '2024-01-31', '31. Jan. 2024'],
    ['en', '2024-01-31T09:30:05.123456', 'Jan 31, 2024, 9:30:05.123456 AM'],
    ['en', '2024-01-31T23:30+05:30', 'Jan 31, 2024, 11:30 PM +05:30'],
    ['en', '2024-01-31T00:00:00Z', 'Jan 31, 2024, 12:00:00 AM UTC'],
    ['th', '2024-01-31', '31 ม.ค. 2024'],
  ])('%s: %s is %s', (language, iso, said) => {
    // Languages put narrow spaces of their own between the parts.
    expect(new Saying(language).moment(iso).replaceAll(/\s/g, ' ')).toBe(said);
  });
});
