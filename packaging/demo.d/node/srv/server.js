const http = require('http');

http.createServer((request, answer) => {
  answer.writeHead(200, {'Content-Type': 'text/plain'});
  answer.end(`Hello from Node.js ${process.version}, started by mvinit as PID 1\n`);
}).listen(80, () => console.log('node is listening on port 80'));
