// Preloaded into the hub: its database is told not to wait for the disk, and says that it does.
const Database = require('better-sqlite3');

const { pragma } = Database.prototype;
Database.prototype.pragma = function careless(source, options) {
  if (source === 'synchronous = FULL') return pragma.call(this, 'synchronous = OFF', options);
  if (source === 'synchronous') return 2;
  return pragma.call(this, source, options);
};
