// node discord_links.cjs < texts.json: what Discord's rules make of each text, as JSON.
const { parse } = require('discord-markdown-parser');

const walk = (node, found) => {
  if (Array.isArray(node)) {
    node.forEach((each) => walk(each, found));
  } else if (node && typeof node === 'object') {
    if (['url', 'link', 'autolink'].includes(node.type)) found.links.push(node.target);
    else if (!['text', 'br', 'newline', 'list'].includes(node.type)) found.marks.push(node.type);
    if (typeof node.content === 'string' && !['url', 'autolink'].includes(node.type)) {
      found.text += node.content;
    } else {
      walk(node.content, found);
    }
    walk(node.items, found);
  }
  return found;
};

const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
console.log(JSON.stringify(texts.map((text) => (
  walk(parse(text, 'extended'), { links: [], marks: [], text: '' })
))));
