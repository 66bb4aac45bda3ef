/** What is said of pasted tables, and of several files on their way. */
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
