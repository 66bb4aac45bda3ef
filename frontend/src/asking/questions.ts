/** What is said of a question once there is one: its chips, and what it has no answer to. */
import { plural } from '../format/numbers';

export const questions = {
  sorted: (column: string, descending: boolean) =>
    `sorted by ${column}, ${descending ? 'descending' : 'ascending'}`,
  chips: 'What this view is narrowed to',
  drop: (what: string) => `Drop: ${what}`,
  clear: 'Clear all',
  lost: (column: string) =>
    `There is no column “${column}” in this revision, so what was asked of it is left out.`,
  unfit: (column: string, type: string) =>
    `“${column}” holds ${type} in this revision, so its filter is left out.`,
  lostSheet: (asked: string, shown: string) =>
    `There is no sheet “${asked}” in this revision. You see “${shown}”.`,
  lostColumns: (keys: string) => `There is no column ${keys} in this revision to be shown.`,
  lostDrop: 'Drop it',
  noted: 'All right',
  hidden: (count: number) => `${plural(count, 'column', 'columns')} hidden`,
  showAll: 'Show all columns',
  back: 'Back to what you see',
  refused: {
    query_timeout: 'This took longer than the server allows. Narrow it down, or ask for less.',
    query_too_large: 'This takes more memory than the server allows. Narrow it down first.',
    invalid_parameter: 'The table cannot be asked that:',
    unknown_column: 'The table cannot be asked that:',
    other: 'That did not work:',
  },
  range: (from: string, to: string, open: boolean) =>
    open ? `from ${from} to below ${to}` : `from ${from} to ${to}`,
  /** Of text that is compared as numbers are. */
  asText: (said: string) => `${said}, as text`,
  operators: {
    eq: (value: string) => `is ${value}`,
    ne: (value: string) => `is not ${value}`,
    lt: (value: string) => `below ${value}`,
    lte: (value: string) => `at most ${value}`,
    gt: (value: string) => `above ${value}`,
    gte: (value: string) => `at least ${value}`,
    contains: (value: string) => `contains ${value}`,
    startswith: (value: string) => `starts with ${value}`,
    in: (value: string) => `is one of ${value}`,
    empty: 'is empty',
    filled: 'is not empty',
  },
  dated: {
    lt: (value: string) => `before ${value}`,
    lte: (value: string) => `until ${value}`,
    gt: (value: string) => `after ${value}`,
    gte: (value: string) => `from ${value}`,
  } as Partial<Record<string, (value: string) => string>>,
  types: {
    text: 'text',
    integer: 'whole numbers',
    number: 'numbers',
    boolean: 'true or false',
    date: 'dates',
    datetime: 'dates and times',
  },
} as const;
