'use strict';
(() => {
  const body = document.querySelector('#findings tbody');
  const rows = Array.from(body.rows);
  body.replaceChildren();
  for (const row of rows) {
    row.classList.remove('later');
  }
  const facts = rows.map((row) => ({
    row,
    verdict: row.dataset.verdict,
    rule: row.dataset.rule,
    user: row.dataset.user,
    state: row.dataset.state,
    text: row.textContent.toLowerCase(),
    number: Number(row.dataset.number),
    detail: null,
  }));
  const recordOf = new Map(facts.filter(({row}) => row.dataset.json !== undefined)
    .map(({row}) => [row.dataset.record, row.dataset.json]));
  const factOf = new Map(facts.map((fact) => [fact.row, fact]));
  const ranks = {affected: 0, nonstandard: 1, unknown: 2, unread: 2, clear: 3};
  const rules = JSON.parse(document.getElementById('findings').dataset.json);
  const form = document.querySelector('form');
  const shown = document.getElementById('shown');
  const more = document.getElementById('more');
  // To lay out 10,000 rows takes seconds: of those that fit, the first ones alone are in the page.
  let most = 200;
  let fitting = facts;

  for (const name of ['verdict', 'rule', 'user', 'state']) {
    const select = form.elements[name];
    for (const word of Array.from(new Set(facts.map((fact) => fact[name]))).sort()) {
      if (word !== '') {
        select.add(new Option(word, word));
      }
    }
  }

  function close(fact) {
    if (fact.detail !== null) {
      fact.detail.remove();
      fact.detail = null;
      fact.row.querySelector('button').setAttribute('aria-expanded', 'false');
    }
  }

  function filter() {
    const words = form.elements.text.value.toLowerCase();
    const chosen = ['verdict', 'rule', 'user', 'state']
      .map((name) => [name, form.elements[name].value]).filter(([, value]) => value !== '');
    fitting = facts.filter((fact) =>
      chosen.every(([name, value]) => fact[name] === value) && fact.text.includes(words));
    show(most);
    shown.textContent = fitting.length + ' of ' + facts.length +
      (fitting.length > most ? ', the first ' + most + ' shown ' : ' shown');
    more.hidden = fitting.length <= most;
  }

  function show(count) {
    const all = [];
    for (const fact of fitting.slice(0, count)) {
      all.push(fact.row);
      if (fact.detail !== null) {
        all.push(fact.detail);
      }
    }
    body.replaceChildren(...all);
  }

  const rankOf = (fact) =>
    (ranks[fact.verdict] ?? 4) + (fact.row.classList.contains('known') ? 2.5 : 0);

  function sort(header, column) {
    const down = header.getAttribute('aria-sort') === 'ascending';
    for (const other of header.parentNode.cells) {
      other.removeAttribute('aria-sort');
    }
    header.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    const compare = column === 0 ? (a, b) => a - b : new Intl.Collator(undefined, {numeric: true}).compare;
    for (const fact of facts) {
      fact.key = column === 0 ? rankOf(fact) : fact.row.cells[column].textContent;
    }
    facts.sort((a, b) => (down ? -1 : 1) * compare(a.key, b.key) || a.number - b.number);
    filter();
  }

  function element(name, text, of) {
    const made = document.createElement(name);
    if (text !== undefined) {
      made.textContent = text;
    }
    if (of !== undefined) {
      of.append(made);
    }
    return made;
  }

  function fact(list, name, text) {
    if (text !== null && text !== undefined && text !== '') {
      element('dt', name, list);
      return element('dd', String(text), list);
    }
    return null;
  }

  function hexdump(value) {
    const lines = [];
    const bytes = value.data.match(/../g) || [];
    for (let at = 0; at < bytes.length && at < 4096; at += 16) {
      const part = bytes.slice(at, at + 16);
      const text = part.map((byte) => {
        const code = parseInt(byte, 16);
        return code >= 32 && code < 127 ? String.fromCharCode(code) : '.';
      }).join('');
      lines.push(at.toString(16).padStart(4, '0') + '  ' + part.join(' ').padEnd(48) + ' ' + text);
    }
    if (bytes.length > 4096) {
      lines.push('… ' + bytes.length + ' bytes');
    }
    return lines.join('\n');
  }

  function number(offset) {
    return offset === null || offset === undefined ? '' : offset + ' (0x' + offset.toString(16) + ')';
  }

  function describe(cell, record, check) {
    const list = element('dl', undefined, cell);
    fact(list, 'Hive', record.path);
    if (check !== undefined) {
      const rule = rules[check.id];
      fact(list, 'Rule', check.id + ': ' + rule.title);
      fact(list, 'Meaning', rule.meaning);
      fact(list, 'Source', rule.reference);
      fact(list, 'Key', check.key);
      fact(list, 'Value', check.name === '' ? '(default)' : check.name);
      if (check.value !== null) {
        fact(list, 'Type', check.value.type + ', ' + check.value.size + ' bytes');
        fact(list, 'Number', check.value.number);
        if (check.value.data !== null) {
          element('dt', 'Bytes', list);
          const pre = element('pre', undefined, element('dd', undefined, list));
          element('mark', hexdump(check.value), pre);
        }
      }
      fact(list, 'Reason', check.reason);
      fact(list, check.in_log === undefined ? 'Cell at' : 'Cell at, in the recovered hive',
        number(check.offset));
      if (check.in_log !== undefined) {
        fact(list, 'Cell in the log', check.in_log.path + ' at ' + number(check.in_log.offset));
      }
      fact(list, 'Key last written (UTC)', check.key_last_written);
      fact(list, 'Parsers that agree', check.confirmed_by.join(', '));
      if (check.primary !== null) {
        fact(list, 'As stored', check.primary.verdict + ' ' +
          (check.primary.value === null ? 'absent' : check.primary.value.type + ' ' + check.primary.value.data));
      }
      if (check.known !== undefined) {
        fact(list, 'Known', check.known.by + (check.known.reason === null ? '' : ': ' + check.known.reason) +
          (check.known.until === null ? '' : ', until ' + check.known.until));
      }
      if (check.history !== undefined) {
        element('dt', 'History', list);
        const steps = element('ol', undefined, element('dd', undefined, list));
        steps.className = 'history';
        for (const step of check.history) {
          element('li', (step.log === null ? 'as stored' : 'entry ' + step.number + ' of ' + step.log) + ': ' +
            step.verdict + ' ' + (step.value === null ? 'absent' : step.value.type + ' ' + step.value.data) +
            ', key last written ' + step.key_last_written, steps);
        }
      }
      element('dt', 'To mend it', list);
      element('pre', rule.remedy, element('dd', undefined, list));
    }
    fact(list, 'State', record.state);
    for (const log of record.logs) {
      fact(list, 'Log', log.path + ': ' + log.applied + ' of ' + log.entries + ' entries applied' +
        (log.stopped === null ? '' : '; ' + log.stopped.code + ': ' + log.stopped.message));
    }
    for (const file of record.files || []) {
      fact(list, 'File', file.path + ', ' + file.size + ' bytes, modified ' + file.modified);
      for (const kind of ['sha256', 'sha1', 'md5']) {
        fact(list, kind.toUpperCase(), file[kind]);
      }
    }
    for (const note of record.notes) {
      fact(list, 'Note', note);
    }
    if (record.error !== null) {
      fact(list, 'Error', record.error.code + ': ' + record.error.message);
    }
  }

  function toggle(button) {
    const row = button.closest('tr');
    const fact = factOf.get(row);
    if (fact.detail !== null) {
      close(fact);
      return;
    }
    const record = JSON.parse(recordOf.get(row.dataset.record));
    const detail = document.createElement('tr');
    detail.className = 'detail';
    const cell = element('td', undefined, detail);
    cell.colSpan = row.cells.length;
    describe(cell, record, record.checks[Number(row.dataset.check)]);
    row.after(detail);
    fact.detail = detail;
    button.setAttribute('aria-expanded', 'true');
  }

  body.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (button !== null) {
      toggle(button);
    }
  });
  const headers = Array.from(document.querySelectorAll('#findings thead th'));
  headers.forEach((header, column) => {
    header.querySelector('button').addEventListener('click', () => sort(header, column));
  });
  sort(headers[0], 0); // what matters first
  more.addEventListener('click', () => {
    most = Infinity;
    filter();
  });
  window.addEventListener('beforeprint', () => show(fitting.length));
  window.addEventListener('afterprint', () => show(most));
  form.addEventListener('input', filter);
  form.addEventListener('submit', (event) => event.preventDefault());
  form.hidden = false;
})();
