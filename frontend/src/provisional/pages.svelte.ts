/** When the pages show the first rows of an upload. */
import type { Upload } from '../components/upload.svelte';
import type { ShareModel } from '../pages/share.svelte';
import { ProvisionalRows, takeOver, type Watched } from './rows.svelte';

/** Of the upload a page is at: kept while it rests, gone when it is given up or did not work. */
export function firstRowsOf(upload: Upload): ProvisionalRows {
  const rows = new ProvisionalRows();
  $effect(() => {
    if (upload.uploadId === null || upload.phase === 'failed') rows.stop();
    else rows.watch(underWay(upload));
  });
  $effect(() => () => {
    rows.stop();
  });
  return rows;
}

/**
 * For the page of a share: those of its first file, until that is read. A share that has a table
 * already goes on showing it.
 */
export function firstRowsFor(model: ShareModel, upload: Upload): ProvisionalRows {
  const rows = new ProvisionalRows();
  const before = takeOver(model.id);
  if (before !== null) rows.adopt(before);
  $effect(() => {
    const { latest } = model;
    if (latest?.state === 'processing') rows.reading = latest;
    if (isOver(model) || upload.phase === 'failed') rows.stop();
    else rows.watch(underWay(upload) ?? beingRead(model, upload.uploadId ?? rows.uploadId));
  });
  $effect(() => () => {
    rows.stop();
  });
  return rows;
}

/** There is a table, or none will come of this upload. */
function isOver({ shown, latest, standing }: ShareModel): boolean {
  const there = standing === 'there' || standing === 'loading';
  return !there || shown !== null || latest?.state === 'failed';
}

function underWay({ phase, shareId, uploadId, sent }: Upload): Watched | null {
  if (shareId === null || uploadId === null) return null;
  return phase === 'sending' || phase === 'finishing' ? { shareId, uploadId, sent } : null;
}

function beingRead({ id, latest }: ShareModel, uploadId: string | null): Watched | null {
  if (latest?.state !== 'processing' || uploadId === null) return null;
  return { shareId: id, uploadId, sent: latest.size };
}
