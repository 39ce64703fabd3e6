import { follow } from './stream.js';

/** The seconds that the charts show. */
export const SPAN = 900;

/** The figures of the last 15 minutes, one point a second. While it is paused, points are kept, and listeners hear nothing. */
export class Feed {
  points = [];
  #listeners = new Set();
  #paused = false;
  #life = null;

  /** `tell.phase(name)` hears of the connection, `tell.notice(text)` of the node, `tell.refused(error)` of an end. */
  async open(tell) {
    this.close();
    const life = this.#life = new AbortController();
    try {
      await follow('feed', {}, {
        hear: (event, data) => this.#hear(event, data, tell),
        phase: tell.phase,
        signal: life.signal,
      });
    } catch (error) {
      tell.refused(error);
    }
  }

  close() {
    this.#life?.abort();
  }

  get latest() {
    return this.points.at(-1);
  }

  get paused() {
    return this.#paused;
  }

  set paused(paused) {
    this.#paused = paused;
    this.#tell();
  }

  /** Calls the listener now and after each point, until the signal is aborted. */
  listen(listener, signal) {
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#listeners.delete(listener));
    if (this.points.length > 0) {
      listener(this.points);
    }
  }

  #hear(event, data, tell) {
    if (event === 'notice') {
      tell.notice(data.message);
      return;
    }
    for (const point of event === 'past' ? data.points : [data]) {
      if (!(point.at <= this.latest?.at)) {
        this.points.push(point);
      }
    }
    const oldest = (this.latest?.at ?? 0) - SPAN;
    this.points.splice(0, this.points.findIndex(({ at }) => at > oldest));
    this.#tell();
  }

  #tell() {
    if (!this.#paused && !document.hidden && this.points.length > 0) {
      this.#listeners.forEach((listener) => listener(this.points));
    }
  }
}

export const feed = new Feed();
