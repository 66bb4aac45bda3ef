/** What a new revision has brought: in words, and as marks on what is looked at. */
import type { Revision } from '../api/types';
import { formatAgo, readMoment } from '../format/time';
import { changesBetween } from '../grid/changes';
import type { Pane, TableView } from '../grid/view';
import { isWhole, WHOLE } from '../query/rows';
import { retyped, retypedIn, sayDiffering, sayRetyped, type Retyped } from './differing';
import { news as words } from './strings';

/** A revision, and what is shown of it. */
export interface Showing {
  revision: Revision;
  view: TableView | null;
}

/** Marks what has changed in sight, and says what happened: one sentence, two at most. */
export function tell(before: Showing, after: Showing, pane: Pane, now = new Date()): string {
  const time = readMoment(after.revision.finished_at ?? after.revision.created_at);
  const old = predecessorOf(after, before);
  const types = turned([], before, after);
  const facts = [...sizeOf(old, after), ...columnsOf(old, after, types)];
  const title = words.title(after.revision.number, agoOf(time, now));
  const query = after.view?.query ?? WHOLE;
  // Rows that answer another question are not compared.
  const seen = types.length === 0 ? markIn(old, after, pane) : [];
  const said = types.map((one) => sayRetyped(query, one));
  return [`${title}: ${facts.join(', ')}.`, ...said, ...seen].join(' ');
}

/** Columns of which the question means something else than when it was asked; `known` before. */
export function turned(known: readonly Retyped[], before: Showing, after: Showing): Retyped[] {
  const old = predecessorOf(after, before);
  if (old === null || after.view === null) return [];
  const asked = new Map(known.map(({ key, was }) => [key, was]));
  const then = old.sheet.columns.map((one) => ({ ...one, type: asked.get(one.key) ?? one.type }));
  return retypedIn(after.view.query, retyped(then, after.view.sheet.columns));
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

function columnsOf(before: TableView | null, { view: after }: Showing, but: Retyped[]): string[] {
  if (before === null || after === null) return [];
  return sayDiffering(before.sheet.columns, after.sheet.columns, but);
}

/** What a person can see of it at once; nothing where it cannot be compared. */
function markIn(before: TableView | null, { view: after }: Showing, pane: Pane): string[] {
  if (before === null || after === null || before.question !== after.question) return [];
  const { marks, cells, rows, same } = changesBetween(before, after, pane);
  after.mark(marks);
  const seen = [
    ...(rows === 0 ? [] : [isWhole(after.query) ? words.newRows(rows) : words.otherRows(rows)]),
    ...(cells === 0 ? [] : [words.cells(cells)]),
  ];
  if (same) return [words.same];
  return seen.length === 0 ? [] : [words.seen(seen.join(words.and))];
}
