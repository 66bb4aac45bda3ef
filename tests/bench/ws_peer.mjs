// The peer of the hub: Node's `ws`, which sends the same frame to all of its clients.
//
//     node ws_peer.mjs PORT      run where `ws` is installed; each line of stdin is sent to everyone

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(`${process.cwd()}/`);
const { WebSocketServer } = require('ws');

const server = new WebSocketServer({
  port: Number(process.argv[2]),
  host: '127.0.0.1',
  backlog: 4096,
  perMessageDeflate: false,
});
server.on('connection', (client) => client.send('{"type":"hello"}'));
createInterface({ input: process.stdin }).on('line', (frame) => {
  const data = Buffer.from(frame);
  for (const client of server.clients) client.send(data, { binary: false });
});
