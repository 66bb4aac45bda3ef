/** The keys of a table's page, as they are told. */
type Group = Readonly<{ title: string; keys: readonly (readonly [string, string])[] }>;

const groups: readonly Group[] = [
  {
    title: 'Moving',
    keys: [
      ['↑ ↓ ← →', 'one cell'],
      ['PgUp PgDn', 'one window'],
      ['Home End', 'first and last column, then row'],
      ['Ctrl ↓', 'to the last row; so with the other arrows'],
      ['↑', 'from the first row into the header'],
    ],
  },
  {
    title: 'Selecting and copying',
    keys: [
      ['Shift ↓', 'select more cells; so with the other arrows'],
      ['Shift Space', 'the whole row'],
      ['Ctrl Space', 'the whole column'],
      ['Ctrl A', 'everything'],
      ['Ctrl C', 'copy'],
      ['Esc', 'select nothing'],
    ],
  },
  {
    title: 'Reading',
    keys: [
      ['Enter', 'all of a row; so does the space bar'],
      ['← →', 'there: the row before, the next one'],
    ],
  },
  {
    title: 'Asking',
    keys: [
      ['/', 'search; so does Ctrl F'],
      ['Enter', 'in the search: the next match'],
      ['Shift Enter', 'in the search: the one before'],
      ['Space', 'in the header: sort'],
      ['Shift Space', 'in the header: sort by this column, too'],
      ['Shift ←', 'in the header: move the column; so with →'],
      ['Alt ↓', 'all about a column: sort, filter, summary'],
      ['?', 'these keys'],
    ],
  },
  {
    title: 'Changing',
    keys: [['Ctrl V', 'a copied table, as a new version']],
  },
];

export const shortcuts = { title: 'Keys', groups } as const;
