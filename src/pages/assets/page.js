// Pages work without this. It counts down what is running out, and leads to what is wrong.
'use strict';

const clock = seconds => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
const opened = performance.now();

function count(element, seconds, told) {
  const step = () => {
    const left = Math.max(0, Math.ceil(seconds - (performance.now() - opened) / 1000));
    told(element, left);
    if (left > 0) setTimeout(step, 1000);
  };
  step();
}

for (const element of document.querySelectorAll('[data-clock]')) {
  count(element, Number(element.dataset.clock), (each, left) => { each.textContent = clock(left); });
}

// The warning comes two minutes before the end; screen readers say it once.
for (const element of document.querySelectorAll('[data-ending]')) {
  setTimeout(() => { element.hidden = false; }, Math.max(0, Number(element.dataset.ending) - 120) * 1000);
}

const lang = document.documentElement.lang.replace(/^en.*/, 'en-GB');

// Times in the reader's own zone; days stay as they are.
for (const element of document.querySelectorAll('time[datetime*="T"]')) {
  const moment = new Date(element.dateTime);
  if (!isNaN(moment)) {
    element.textContent = moment.toLocaleString(lang, { dateStyle: 'medium', timeStyle: 'short' });
  }
}

document.querySelector('.errors')?.focus();

// One click is enough: a form is sent once.
for (const form of document.forms) {
  form.addEventListener('submit', event => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
  });
}
addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent;
});
