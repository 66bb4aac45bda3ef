// Follows a share and prints how many rows it has whenever that changes. Node 22 or newer, or any browser.
//
//     node follow.mjs http://127.0.0.1:8888 SHARE_ID

const [server, share] = process.argv.slice(2);
let seq = null;
let retryMs = [500, 3000];

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const between = ([least, most]) => least + Math.random() * (most - least);

/** Reads the share again: the channel says that something changed, never what. */
async function show(spreadMs) {
  await sleep(Math.random() * spreadMs);
  // Whatever node answers, it is to know what another one has told us already.
  const headers = { 'Tablecast-Seq': String(seq) };
  const answer = await fetch(`${server}/api/v1/shares/${share}/rows?limit=1`, { headers });
  const page = await answer.json();
  if (answer.ok) console.log(`Revision ${page.revision}: ${page.total} rows`);
  else console.log(page.detail);
}

/** Listens until the connection ends; `hello` tells whether anything was missed before it. */
function listen() {
  return new Promise((resolve) => {
    const address = `${server.replace(/^http/, 'ws')}/api/v1/changes?share=${share}`;
    const socket = new WebSocket(address, 'tablecast.changes.v1');
    let overdue;
    socket.onclose = resolve;
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      clearTimeout(overdue);
      overdue = setTimeout(() => socket.close(), 60_000); // two heartbeats and a bit
      if (frame.type === 'bye') retryMs = frame.retry_ms;
      const standing = frame.type === 'hello' ? frame.shares[share] : frame;
      if (standing.gone || standing.what?.includes('deleted')) {
        console.log('The share was deleted.');
        process.exit(0);
      }
      if (standing.seq === undefined || standing.seq === seq) return;
      seq = standing.seq;
      void show(frame.spread_ms ?? 0);
    };
  });
}

for (;;) {
  await listen();
  await sleep(between(retryMs));
}
