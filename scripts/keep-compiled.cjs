// Required before the hub when it is built: writes what V8 has compiled of each bundled file, beside it.
const { writeFileSync } = require('node:fs');
const vm = require('node:vm');
const { isMainThread, parentPort } = require('node:worker_threads');

const { Script } = vm;
const scripts = new Map();

vm.Script = class extends Script {
  constructor(source, options) {
    super(source, options);
    scripts.set(options.filename, this);
  }
};

// Late: functions that the start has called are then among them. The core thread is ended without a last word, so that it
// writes before its first answer, when it is ready.
if (isMainThread) process.once('exit', keep);
else {
  const { postMessage } = parentPort;
  parentPort.postMessage = (...message) => {
    keep();
    parentPort.postMessage = postMessage;
    parentPort.postMessage(...message);
  };
}

function keep() {
  const program = isMainThread ? 'main' : 'thread';
  for (const [file, script] of scripts) writeFileSync(`${file}.${program}.compiled`, script.createCachedData());
}
