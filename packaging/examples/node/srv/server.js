'use strict';
const http = require('http');
const os = require('os');

const server = http.createServer((request, answer) => {
  if (request.url === '/health') return answer.end('ok\n');
  answer.setHeader('Content-Type', 'application/json');
  answer.end(JSON.stringify({ host: os.hostname(), user: process.getuid(), path: request.url }) + '\n');
});

server.listen(8080, () => console.log('node is listening'));

// mvinit asks it to stop by SIGTERM: no new connections, and what has begun is answered.
process.on('SIGTERM', () => {
  server.close(() => {
    console.log('node has answered all');
    process.exit(0);
  });
  server.closeIdleConnections();
});
