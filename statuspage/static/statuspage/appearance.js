'use strict'
// The page as the form would make it: posted with all its fields, pictures too, into a frame.
{
  const form = document.getElementById('look')
  const frames = document.querySelector('.beside .frames')
  let theme = 'light', timer = 0
  const show = () => {
    const frame = document.createElement('iframe')
    frame.name = `look-${Date.now()}`
    frame.title = 'Preview'
    frames.append(frame)
    const chosen = document.createElement('input')
    Object.assign(chosen, { type: 'hidden', name: 'preview_theme', value: theme })
    form.append(chosen)
    // The form itself is posted, so that files go along; then it is the one that publishes again.
    Object.assign(form, { target: frame.name, action: form.dataset.preview })
    form.submit()
    chosen.remove()
    form.removeAttribute('target')
    form.removeAttribute('action')
    frame.addEventListener('load', () => {
      for (const each of frames.querySelectorAll('iframe')) if (each !== frame) each.remove()
    }, { once: true })
  }
  const later = () => { clearTimeout(timer); timer = setTimeout(show, 500) }
  form.addEventListener('input', later)
  for (const button of document.querySelectorAll('[data-use]')) {
    button.addEventListener('click', () => { document.getElementById(button.dataset.for).value = button.dataset.use; later() })
  }
  for (const button of document.querySelectorAll('.beside button')) {
    button.addEventListener('click', () => {
      const name = 'themeOf' in button.dataset ? 'themeOf' : 'width'
      for (const each of document.querySelectorAll('.beside button')) if (name in each.dataset) each.ariaPressed = String(each === button)
      if (name === 'themeOf') { theme = button.dataset.themeOf; show() } else frames.classList.toggle('phone', button.dataset.width === 'phone')
    })
  }
  show()
}
