// The links with an http address that a visitor sees, one per address.
((place) => {
  const seen = new Set();
  const links = [];
  for (const link of all('a[href]')) {
    if (links.length >= 2000) break;
    if (!/^https?:$/.test(link.protocol) || seen.has(link.href) || link.href.length > 2000 || !isSeen(link, place)) continue;
    seen.add(link.href);
    const picture = link.querySelector('img');
    links.push({ url: link.href, text: fold(link.textContent, 200) || fold(picture && picture.alt, 200) });
  }
  return links;
})
