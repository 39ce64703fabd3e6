const LONG = 60; // characters that are read well on one line
const DEEP = 20; // levels that are read well; the indentation of more grows with their square
const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s"[\]{},:]+/g;
const INDENT = '  ';

/** Returns a long JSON object or list on several lines, with each number and string as it is, and all other text unchanged. */
export function readable(text) {
  return text.length > LONG && /^\s*[[{]/.test(text) && isJson(text) ? indented(text) ?? text : text;
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Returns null if there are too many levels. */
function indented(json) {
  let lines = '';
  let depth = 0;
  let before = '';
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '}' || token === ']') {
      depth--;
      lines += opens(before) ? token : breakLine(depth) + token;
    } else {
      lines += opens(before) || before === ',' ? breakLine(depth) : '';
      lines += token === ':' ? ': ' : token;
      depth += opens(token) ? 1 : 0;
      if (depth > DEEP) {
        return null;
      }
    }
    before = token;
  }
  return lines;
}

function opens(token) {
  return token === '{' || token === '[';
}

function breakLine(depth) {
  return `\n${INDENT.repeat(depth)}`;
}
