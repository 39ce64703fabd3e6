const WHOLE = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const THREE = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });
const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const HOUR = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'];

export const NOTHING = '–';
const SPACE = '\u00a0'; // keeps a number and its unit on one line

export function count(number) {
  return known(number, (n) => WHOLE.format(n));
}

/** `noun(1, 'client')` is "1 client". */
export function noun(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** A number for the axis of a chart. */
export function short(number) {
  return known(number, (n) => SHORT.format(n).replace('K', 'k'));
}

/** A number for the axis of what is counted, where a half has no meaning. */
export function whole(number) {
  return Number.isInteger(number) ? short(number) : '';
}

export function rate(number) {
  return known(number, (n) => `${n >= 100 ? WHOLE.format(n) : THREE.format(n)}/s`);
}

export function bytes(number) {
  return known(number, (n) => {
    const step = Math.min(SIZES.length - 1, n < 1 ? 0 : Math.floor(Math.log10(n) / 3));
    return `${THREE.format(n / 1000 ** step)}${SPACE}${SIZES[step]}`;
  });
}

export function byteRate(number) {
  return known(number, (n) => `${bytes(n)}/s`);
}

export function milliseconds(number) {
  return known(number, (n) => n < 1000 ? `${THREE.format(n)}${SPACE}ms` : duration(n / 1000));
}

/** A duration in seconds, as its two largest units. */
export function duration(number) {
  return known(number, (seconds) => {
    if (seconds < 60) {
      return `${THREE.format(seconds < 10 ? seconds : Math.round(seconds))}${SPACE}s`;
    }
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) {
      return `${minutes}${SPACE}min ${Math.floor(seconds % 60)}${SPACE}s`;
    }
    const hours = Math.floor(minutes / 60);
    return hours < 48 ? `${hours}${SPACE}h ${minutes % 60}${SPACE}min` : `${Math.floor(hours / 24)}${SPACE}days ${hours % 24}${SPACE}h`;
  });
}

/** Times are in seconds since 1970, and shown in the time zone of the browser. */
export function clock(seconds) {
  return known(seconds, (at) => TIME.format(at * 1000));
}

export function minute(seconds) {
  return HOUR.format(seconds * 1000);
}

export function moment(seconds) {
  return known(seconds, (at) => `${isToday(at) ? '' : `${DAY.format(at * 1000)}, `}${clock(at)}`);
}

export function timeZone() {
  const { timeZone: zone } = Intl.DateTimeFormat().resolvedOptions();
  const offset = new Intl.DateTimeFormat('en', { timeZoneName: 'longOffset' }).formatToParts()
    .find(({ type }) => type === 'timeZoneName').value.replace('GMT', 'UTC');
  return zone === offset ? zone : `${zone} (${offset})`;
}

function isToday(seconds) {
  return new Date(seconds * 1000).toDateString() === new Date().toDateString();
}

function known(number, format) {
  return number === null || number === undefined ? NOTHING : format(number);
}
