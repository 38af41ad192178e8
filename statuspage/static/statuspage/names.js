'use strict'
// Names, for screen readers, what Django's forms leave without a name: the halves of an instant,
// the cells of tables of forms, and the boxes that select2 puts in the place of a select.
// After select2, which waits for jQuery's notion of ready.
const ready = window.django && django.jQuery ? django.jQuery : then => addEventListener('DOMContentLoaded', then)
ready(() => {
  const text = node => node ? node.textContent.replace(/[:?\s]+$/, '').trim() : ''
  const column = node => { const cell = node.closest('.tabular td'); return cell ? text(cell.closest('table').tHead.rows[0].cells[cell.cellIndex]) : '' }
  const row = node => { const found = node.closest('.form-row'); return found ? text(found.querySelector('legend, label')) : '' }
  const called = field => column(field) || text(document.querySelector(`label[for="${field.id}"]`)) || row(field)
  const name = (node, words) => { if (node && words) node.setAttribute('aria-label', words) }
  for (const th of document.querySelectorAll('.tabular th.original:empty')) {
    const span = document.createElement('span')
    span.className = 'visually-hidden'
    span.textContent = say('Row')
    th.append(span)
  }
  // On a phone each row of a list is a card: its cells say what their column is.
  const list = document.getElementById('result_list')
  for (const cell of list ? list.querySelectorAll('tbody :is(td, th)') : []) {
    const label = text(list.tHead.rows[0].cells[cell.cellIndex]?.querySelector('.text'))
    if (label && !cell.classList.contains('action-checkbox')) cell.dataset.label = label
  }
  for (const field of document.querySelectorAll('.tabular td input:not([type=hidden]), .tabular td select')) name(field, column(field))
  for (const field of document.querySelectorAll('.vDateField')) name(field, say('{name}, date', { name: called(field) }))
  for (const field of document.querySelectorAll('.vTimeField')) name(field, say('{name}, time', { name: called(field) }))
  for (const select of document.querySelectorAll('select.admin-autocomplete')) {
    const box = select.parentNode.querySelector('.select2-container')
    if (!box) continue
    for (const part of box.querySelectorAll('[role=combobox], [role=textbox], .select2-search__field')) name(part, called(select))
    for (const part of box.querySelectorAll('ul, ul > li')) part.setAttribute('role', 'none')
  }
})
// Django makes its boxes to choose from when all is loaded: their pictures have a name, and no role.
addEventListener('load', () => setTimeout(() => {
  for (const icon of document.querySelectorAll('.help-tooltip[aria-label]')) icon.setAttribute('role', 'img')
}))
