import { stream } from './api.js';

const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 15_000;

/**
 * Reads an event stream, and connects again after a loss, with the last event's id. Unlike an EventSource it knows why the server
 * refuses. `hear(event, data)` gets each event, its data read as JSON; `phase(name, words)` tells `connected` or `waiting`. Returns
 * when the signal is aborted; throws if the server refuses.
 */
export async function follow(path, query, { hear, phase, signal }) {
  let lastId = '';
  let failures = 0;
  while (!signal.aborted) {
    try {
      const response = await stream(path, query, lastId ? { 'Last-Event-ID': lastId } : {}, signal);
      failures = 0;
      phase('connected');
      for await (const event of events(response.body)) {
        lastId = event.id || lastId;
        pass(event, hear);
      }
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      if (error.status >= 400 && error.status < 500) {
        throw error;
      }
    }
    failures++;
    phase('waiting');
    await pause(Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (failures - 1)) * (0.5 + Math.random() / 2), signal);
  }
}

/** A fault of the page is no loss of the connection. */
function pass({ name, data }, hear) {
  try {
    hear(name, JSON.parse(data));
  } catch (fault) {
    reportError(fault);
  }
}

/** Returns the events of a stream (HTML, section 9.2.6); those without data are left out. */
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let event = empty();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const lines = (rest + part.value).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line === '') {
        if (event.data !== '') {
          yield event;
        }
        event = empty();
      } else {
        add(event, line);
      }
    }
  }
}

function empty() {
  return { name: 'message', id: '', data: '' };
}

function add(event, line) {
  const [, key, value] = /^([^:]*):? ?(.*)$/s.exec(line);
  if (key === 'data') {
    event.data += event.data === '' ? value : `\n${value}`;
  } else if (key === 'event') {
    event.name = value;
  } else if (key === 'id') {
    event.id = value;
  }
}

function pause(delay, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delay);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
