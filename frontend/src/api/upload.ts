/** Sends a file with progress: XMLHttpRequest, because fetch cannot tell how much it has sent. */
import { OFFLINE, problemFrom } from './problem';
import { credentials } from './rights';
import type { Revision } from './types';

const LONGEST_NAME = 255;

/** A name the server takes: what tells the format is at its end. */
function shortened(name: string): string {
  return name.slice(-LONGEST_NAME) || 'file';
}

export interface Sending {
  /** The accepted revision; rejects with ApiError, or AbortError after `cancel`. */
  readonly done: Promise<Revision>;
  cancel(): void;
}

export function sendRevision(
  shareId: string,
  file: File,
  onProgress: (sent: number, total: number) => void,
): Sending {
  const request = new XMLHttpRequest();
  const done = new Promise<Revision>((resolve, reject) => {
    request.upload.onprogress = (event) => {
      onProgress(event.loaded, event.lengthComputable ? event.total : file.size);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        resolve(JSON.parse(request.responseText) as Revision);
      } else {
        reject(problemFrom(request.status, request.statusText, request.responseText));
      }
    };
    request.onerror = () => {
      reject(OFFLINE);
    };
    request.onabort = () => {
      reject(new DOMException('The upload was cancelled', 'AbortError'));
    };
  });
  const path = `/api/v1/shares/${shareId}/revisions?filename=${encodeURIComponent(shortened(file.name))}`;
  request.open('POST', path);
  request.setRequestHeader('Content-Type', 'application/octet-stream');
  for (const [name, value] of Object.entries(credentials(shareId))) {
    request.setRequestHeader(name, value);
  }
  request.send(file);
  return {
    done,
    cancel: () => {
      request.abort();
    },
  };
}
