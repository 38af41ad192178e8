'use strict'
// What a form sends, as it will look: posted with all its fields to the preview, into a frame; after
// the first look it follows the typing.
for (const box of document.querySelectorAll('[data-preview]')) {
  const form = box.closest('form')
  if (!form || !box.dataset.preview.includes('/preview/page')) continue
  const frames = box.querySelector('.frames'), acts = box.querySelector('select')
  let shape = '', timer = 0, number = 0
  const show = () => {
    const mine = ++number, frame = document.createElement('iframe'), copy = document.createElement('form')
    // A new frame each time: its first page is no step of the browser's history.
    frame.name = `preview-${Date.now()}-${mine}`
    frame.title = say('Preview')
    frame.className = 'loading'
    frames.append(frame)
    const add = (name, value) => {
      const field = document.createElement('input')
      Object.assign(field, { type: 'hidden', name, value })
      copy.append(field)
    }
    for (const [name, value] of new FormData(form)) if (typeof value === 'string') add(name, value)
    if (acts || box.dataset.act) add('act', acts ? acts.value : box.dataset.act)
    add('preview_of', new URL(form.getAttribute('action') || '', location.href).href.slice(location.origin.length))
    Object.assign(copy, { method: 'post', target: frame.name, hidden: true })
    copy.action = box.dataset.preview.replace(/page$/, shape)
    document.body.append(copy)
    copy.submit()
    copy.remove()
    frame.addEventListener('load', () => {
      // Shown by a policy of its own, so that what has come cannot be looked into.
      if (frame.contentDocument && frame.contentDocument.URL === 'about:blank') return
      if (mine !== number) return frame.remove()
      for (const each of frames.querySelectorAll('iframe')) if (each !== frame) each.remove()
      frame.className = ''
    })
  }
  for (const button of box.querySelectorAll('[data-shape]')) {
    button.addEventListener('click', () => {
      shape = button.dataset.shape
      for (const each of box.querySelectorAll('[data-shape]')) each.ariaPressed = String(each === button)
      show()
    })
  }
  const later = () => {
    if (!shape) return
    clearTimeout(timer)
    timer = setTimeout(show, 700)
  }
  form.addEventListener('input', later)
  // select2 tells of its changes through jQuery only.
  if (window.django && django.jQuery) django.jQuery(form).on('change', later)
  else form.addEventListener('change', later)
}
