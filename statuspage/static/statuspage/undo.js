'use strict'
// Counts down how long what was just published can still be undone. Without it the page says how
// long that was when it was loaded, and the button works all the same.
;(() => {
  const ends = new WeakMap()
  const say = (node, left) => {
    const text = left > 0 ? node.dataset.countdownText.replace('{seconds}', left) : node.dataset.afterwards
    const line = node.querySelector('[data-countdown]')
    if (line.textContent !== text) line.textContent = text
    if (left <= 0) node.querySelector('button').hidden = true
  }
  const tick = () => {
    for (const node of document.querySelectorAll('.publishing')) {
      // By the time that is left, not by the clock: this one may be wrong.
      if (!ends.has(node)) ends.set(node, performance.now() + node.dataset.left * 1000)
      say(node, Math.max(0, Math.ceil((ends.get(node) - performance.now()) / 1000)))
    }
  }
  tick()
  setInterval(tick, 250)
})()
