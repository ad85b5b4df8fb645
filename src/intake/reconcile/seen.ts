// Which external ids a system has shown: eight bytes each, so that a million of them are eight megabytes.

const prime = 0x01000193;

/** 52 bits of FNV-1a over two seeds: two ids of a million meet with a chance of one in ten thousand. */
function hashOf(id: string): number {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (let at = 0; at < id.length; at++) {
    const code = id.charCodeAt(at);
    a = Math.imul(a ^ code, prime);
    b = Math.imul(b ^ (code + at), prime);
  }
  return (a >>> 0) * 0x100000 + ((b >>> 0) & 0xfffff);
}

export class Seen {
  #hashes = new Float64Array(1024);
  #count = 0;
  #sorted = false;

  add(id: string): void {
    if (this.#count === this.#hashes.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#hashes[this.#count++] = hashOf(id);
    this.#sorted = false;
  }

  has(id: string): boolean {
    if (!this.#sorted) this.#hashes.subarray(0, this.#count).sort();
    this.#sorted = true;
    const wanted = hashOf(id);
    let [from, to] = [0, this.#count];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#hashes[middle] as number) < wanted) from = middle + 1;
      else to = middle;
    }
    return from < this.#count && this.#hashes[from] === wanted;
  }
}
