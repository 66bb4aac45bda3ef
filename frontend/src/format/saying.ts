/** Says numbers, days and moments as a language writes them, digit by digit. */

export class Saying {
  readonly #count: Intl.NumberFormat;
  readonly #grouped: Intl.NumberFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #minute: Intl.DateTimeFormat;
  readonly #second: Intl.DateTimeFormat;
  readonly #decimal: string;
  readonly #digits: readonly string[];
  /** What stands around a number below zero. */
  readonly #negative: readonly string[];

  constructor(language: string) {
    this.#count = new Intl.NumberFormat(language, { useGrouping: 'min2' });
    this.#grouped = new Intl.NumberFormat(language);
    // As it was written is as it is said: no calendar but the file's, no time zone at all.
    const fixed = { calendar: 'gregory', timeZone: 'UTC' } as const;
    const day = { ...fixed, year: 'numeric', month: 'short', day: 'numeric' } as const;
    const minute = { ...day, hour: 'numeric', minute: '2-digit' } as const;
    this.#day = new Intl.DateTimeFormat(language, day);
    this.#minute = new Intl.DateTimeFormat(language, minute);
    this.#second = new Intl.DateTimeFormat(language, { ...minute, second: '2-digit' });
    const parts = this.#grouped.formatToParts(1.5);
    this.#decimal = parts.find(({ type }) => type === 'decimal')?.value ?? '.';
    this.#digits = Array.from({ length: 10 }, (_, digit) => this.#grouped.format(digit));
    this.#negative = this.#grouped.format(-1).split(this.#grouped.format(1));
  }

  /** Of a whole number: a year, a house or a postal code of four digits is not taken apart. */
  whole(plain: string): string {
    return this.number(plain, this.#count);
  }

  /** Of a number such as `-1234.50`; not a digit is lost, however many there are. */
  number(plain: string, format = this.#grouped): string {
    const [whole = '0', fraction] = plain.replace('-', '').split('.');
    const end = fraction === undefined ? '' : this.#decimal + this.#own(fraction);
    const said = format.format(BigInt(whole)) + end;
    return plain.startsWith('-') ? this.#negative.join(said) : said;
  }

  /** Of a day such as `2024-01-31`, or a moment such as `2024-01-31T09:30:00.5+02:00`. */
  moment(iso: string): string {
    const found = /^(.{10}T\d\d:\d\d)(:\d\d)?(?:\.(\d+))?(.*)$/.exec(iso);
    if (found === null) return this.#day.format(Date.parse(`${iso}T00:00Z`));
    const [, minute, second = '', fraction = '', zone = ''] = found;
    const at = Date.parse(`${String(minute)}${second}Z`);
    const parts = (second === '' ? this.#minute : this.#second).formatToParts(at);
    const exact = fraction === '' ? '' : this.#decimal + this.#own(fraction);
    const said = parts.map(({ type, value }) => (type === 'second' ? value + exact : value));
    return `${said.join('')} ${zone === 'Z' ? 'UTC' : zone}`.trimEnd();
  }

  #own(digits: string): string {
    return digits.replace(/\d/g, (digit) => this.#digits[Number(digit)] ?? digit);
  }
}
