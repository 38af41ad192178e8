// In pages of other languages than English: puts what the other scripts write into the language of
// the page, before it is painted. They stay the same in every language, and know nothing of it.
(() => {
  'use strict'
  const doc = document, root = doc.documentElement, lang = root.lang + '-u-nu-latn'
  const texts = JSON.parse(root.dataset.words)
  const ages = new Intl.RelativeTimeFormat(lang, { style: 'short' })
  const units = { s: 'second', min: 'minute', h: 'hour' }
  function translated(text) {
    const age = /(\d+) (s|min|h) ago/.exec(text)
    if (age) {
      const around = text.replace(age[0], '{ago}')
      return (texts[around] || around).replace('{ago}', ages.format(-age[1], units[age[2]]))
    }
    const zone = /^Times are (.+); days are UTC\.$/.exec(text)
    if (zone) return texts['Times are {zone}; days are UTC.'].replace('{zone}', zone[1])
    const day = /^(\d+ \w{3}) (.+)$/.exec(text)
    if (day && texts[day[2]]) {
      const on = new Date(day[1] + ' 2000 UTC')
      return on.toLocaleDateString(lang, { day: 'numeric', month: 'short', timeZone: 'UTC' }) + ' ' + texts[day[2]]
    }
    return texts[text] || text
  }
  function turn() {
    for (const node of doc.querySelectorAll('#live, #zone, #checked, #tip, #choices button')) {
      const text = translated(node.textContent)
      if (text !== node.textContent) node.textContent = text
      if (node.id === 'tip') node.previousElementSibling.setAttribute('aria-valuetext', text.trim())
    }
  }
  new MutationObserver(turn).observe(doc.body, { childList: true, characterData: true, subtree: true })
  turn()
})()
