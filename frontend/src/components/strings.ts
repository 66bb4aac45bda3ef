/** What the parts say that come when they are wanted: reading differently, pasting, several files. */
import { formatCount, plural } from '../format/numbers';

export const pasting = {
  title: 'Share a pasted table',
  newVersion: 'Paste a new version',
  name: 'Pasted table',
  nameLabel: 'Its name',
  here: 'Paste the cells here',
  hint: 'Copy cells in Excel, Google Sheets or a page, or lines of CSV, and paste them here',
  looking: 'Looking at it…',
  unseen: (reason: string) => `There is no preview: ${reason} It can be shared all the same.`,
  use: 'Make a link',
  useVersion: 'Make it the new version',
  cancel: 'Cancel',
  advice: {
    nothing: 'There was nothing to read in what you pasted. Copy the cells of a table first.',
    picture:
      'That was a picture, and a picture has no cells. Copy the cells themselves where the picture was made.',
    single:
      'That was a single cell. Copy several, best with the names above them, and paste them again.',
  },
} as const;

export const several = {
  queued: 'waits for its turn',
  going: 'on its way…',
  there: 'is there',
  percent: (percent: number) => `${String(percent)} %`,
  shared: (there: number, all: number) =>
    there === all
      ? `${plural(all, 'file', 'files')} shared`
      : `${formatCount(there)} of ${plural(all, 'file', 'files')} shared`,
  open: 'Open',
  over: 'Done',
  named: (what: string, name: string) => `${what}: ${name}`,
} as const;

export const rereading = {
  title: 'Read it differently',
  detected: 'Detected',
  encoding: 'Encoding',
  delimiter: 'Delimiter',
  other: 'Another…',
  character: 'Which one',
  quote: 'Quotes',
  noQuote: 'none',
  headerRow: 'Line of the header',
  headerHint: 'Detected (0: none, 2-3: both)',
  sheet: 'Sheet',
  allSheets: 'All that are visible',
  further: 'Also in this file:',
  tableAt: (line: number, sheet: string | null) =>
    sheet === null
      ? `the table in line ${formatCount(line)}`
      : `the table in row ${formatCount(line)} of ${sheet}`,
  preview: 'Preview',
  looking: 'Looking at the file…',
  tooLarge: 'This file is too large for a preview. It can be read with these options all the same.',
  moreColumns: (count: number) => `and ${plural(count, 'more column', 'more columns')}`,
  use: 'Use this',
  cancel: 'Cancel',
} as const;
