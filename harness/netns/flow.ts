/**
 * Bytes to an agent, never more under way than it takes. A guest's console is a terminal: beyond 4,096 bytes that nobody has read
 * its driver is throttled (n_tty_check_throttle in drivers/tty/n_tty.c), and user-mode Linux 6.1 never wakes it up again.
 */
import type { Writable } from 'node:stream';

export class Flow {
  #waiting = Buffer.alloc(0);
  #underWay = 0;

  /** `window` in bytes; the other end tells what it has read, at the latest after half of it. */
  constructor(
    readonly write: Writable,
    readonly window: number,
  ) {}

  send(text: string): void {
    this.#waiting = Buffer.concat([this.#waiting, Buffer.from(text)]);
    this.#push();
  }

  /** The other end has read so many bytes. */
  taken(bytes: number): void {
    this.#underWay -= bytes;
    this.#push();
  }

  #push(): void {
    const room = this.window - this.#underWay;
    if (room <= 0 || this.#waiting.length === 0) return;
    const part = this.#waiting.subarray(0, room);
    this.#waiting = this.#waiting.subarray(part.length);
    this.#underWay += part.length;
    this.write.write(part);
  }
}
