// The texts, dates and ages of the other scripts in another language than English: `<html>` has the
// texts. Stands before them, in pages of such a language only. Digits are those of the page.
(() => {
  'use strict'
  const root = document.documentElement, lang = root.lang + '-u-nu-latn'
  const texts = JSON.parse(root.dataset.words)
  window.pageWords = {
    lang,
    t: text => texts[text] || text,
    ago: s => {
      const [size, unit] = s < 60 ? [1, 'second'] : s < 3600 ? [60, 'minute'] : [3600, 'hour']
      return new Intl.RelativeTimeFormat(lang, { style: 'short' }).format(-Math.floor(s / size), unit)
    },
    day: at => at.toLocaleDateString(lang, { day: 'numeric', month: 'short', timeZone: 'UTC' }) + ' ',
  }
})()
