/** What a new revision has brought: in words, and as marks on what is looked at. */
import type { Column, Revision } from '../api/types';
import { formatAgo, readMoment } from '../format/time';
import { changesBetween } from '../grid/changes';
import type { Pane, TableView } from '../grid/view';
import { news as words } from './strings';

/** A revision, and what is shown of it. */
export interface Showing {
  revision: Revision;
  view: TableView | null;
}

const MOST_NAMES = 2;

/** Marks what has changed in sight, and says what happened: one sentence, two at most. */
export function tell(before: Showing, after: Showing, pane: Pane, now = new Date()): string {
  const time = readMoment(after.revision.finished_at ?? after.revision.created_at);
  const old = predecessorOf(after, before);
  const facts = [...sizeOf(old, after), ...columnsOf(old, after)];
  const title = words.title(after.revision.number, agoOf(time, now));
  return [`${title}: ${facts.join(', ')}.`, ...markIn(old, after, pane)].join(' ');
}

/** What was shown before, where it is the same sheet; that of a text has the name of its file. */
function predecessorOf({ revision, view }: Showing, before: Showing): TableView | null {
  const single = revision.sheets.length === 1 && before.revision.sheets.length === 1;
  return single || view?.sheet.name === before.view?.sheet.name ? before.view : null;
}

function agoOf(time: Date, now: Date): string {
  const seconds = Math.floor((now.getTime() - time.getTime()) / 1000);
  if (seconds < 3) return words.now;
  return seconds < 60 ? words.seconds(seconds) : formatAgo(time, now);
}

function sizeOf(before: TableView | null, after: Showing): string[] {
  if (after.view === null) return [words.none];
  const { rows } = after.view.sheet;
  const more = rows - (before?.sheet.rows ?? rows);
  if (more === 0) return [words.rows(rows)];
  return [words.rows(rows), more > 0 ? words.more(more) : words.fewer(-more)];
}

function columnsOf(before: TableView | null, { view: after }: Showing): string[] {
  if (before === null || after === null) return [];
  const added = missing(after.sheet.columns, before.sheet.columns);
  const removed = missing(before.sheet.columns, after.sheet.columns);
  return [...counted(added, words.added), ...counted(removed, words.removed)];
}

/** The names of the columns that the others lack. */
function missing(some: readonly Column[], others: readonly Column[]): string[] {
  const keys = new Set(others.map(({ key }) => key));
  return some.filter(({ key }) => !keys.has(key)).map(({ name }) => name);
}

/** How many, by name while they are few. */
function counted(names: readonly string[], says: (count: number) => string): string[] {
  if (names.length === 0) return [];
  const named = names.length > MOST_NAMES ? '' : ` (${names.join(words.and)})`;
  return [says(names.length) + named];
}

/** What a person can see of it at once; nothing where it cannot be compared. */
function markIn(before: TableView | null, { view: after }: Showing, pane: Pane): string[] {
  if (before === null || after === null || before.question !== after.question) return [];
  const { marks, cells, rows, same } = changesBetween(before, after, pane);
  after.mark(marks);
  const seen = [
    ...(rows === 0 ? [] : [words.newRows(rows)]),
    ...(cells === 0 ? [] : [words.cells(cells)]),
  ];
  if (same) return [words.same];
  return seen.length === 0 ? [] : [words.seen(seen.join(words.and))];
}
