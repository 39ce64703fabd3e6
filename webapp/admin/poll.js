import { feed } from './feed.js';

/**
 * Does a task now and then again and again, until the signal is aborted. It waits while the page is paused or hidden, and while the
 * task before it has not ended. `fail` gets each error.
 */
export function every(seconds, signal, task, fail) {
  let timer = 0;
  signal.addEventListener('abort', () => clearTimeout(timer));
  turn(true);

  async function turn(first) {
    if (first || !(feed.paused || document.hidden)) {
      try {
        await task();
      } catch (error) {
        if (!signal.aborted) {
          fail(error);
        }
      }
    }
    if (!signal.aborted) {
      timer = setTimeout(turn, seconds * 1000);
    }
  }
}
