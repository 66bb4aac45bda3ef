/** What the parts say that come when they are wanted. */
import { formatCount, plural } from '../format/numbers';

export const sharing = {
  title: 'Share this table',
  viewLink: 'View link',
  viewText: 'Everyone who has it can see the table, always the current one.',
  code: 'QR code',
  codeOf: (link: string) => `QR code of ${link}`,
  embed: 'In a page of your own',
  embedText:
    'The table as it is looked at now, in a frame that stays current. It cannot be changed there.',
  copyCode: 'Copy code',
  undo: 'Undo',
  deleting: (seconds: number) =>
    `It is deleted for everyone in ${plural(seconds, 'second', 'seconds')}.`,
  editLink: 'Edit link',
  editText:
    'Everyone who has it can also upload new versions, rename and delete. Keep it to yourself.',
  noEdit: 'This browser does not know an edit link for this share.',
  delete: 'Delete this share…',
  deleteAsk: 'Delete it for everyone? The link stops working for good.',
  deleteYes: 'Delete for everyone',
  deleteNo: 'Keep it',
  kept: 'Nothing was deleted.',
} as const;

export const mine = {
  heading: 'My shares',
  empty: 'Nothing here yet. What you share from this browser will be listed here.',
  failed: 'Your shares could not be loaded.',
  waiting: 'waiting for its first file',
  noTable: 'no table yet',
  revision: (number: number) => `revision ${formatCount(number)}`,
} as const;

export const chooseOther = 'Choose another file';

export const comparing = {
  open: 'What is other in its columns?',
  one: (number: number) => `What is other in its columns? Revision ${formatCount(number)}`,
  said: (number: number, facts: readonly string[]) =>
    `Beside revision ${formatCount(number)}: ` +
    (facts.length === 0 ? 'the same columns' : facts.join(', ')),
} as const;

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
