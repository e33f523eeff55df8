// Finds sections and entries of the book while a reader types. MiniSearch (README.md)
// finds words; what a word is, and which places are shown, is decided here.
// book/site/search.py writes the index.

(() => {
  const { words: translated, pages, lookedUp, passages } = window.firstWeights.searchIndex;
  const { lang, dataset } = document.documentElement;
  const MOST = 30; // places shown
  const SNIPPET = 220; // letters of each

  const say = (text, fields = {}) =>
    (translated[text] ?? text).replace(/\{(\w+)\}/g, (field, name) => fields[name] ?? field);
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // Words: a number, a root, a fraction or a name is one, however it is typed ------------

  const NUMBER = String.raw`\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\p{L}\p{N}_])`;
  const NAME = String.raw`[\p{L}\p{N}_]+(?:[.-][\p{L}_][\p{L}\p{N}_]*)*`;
  const ATOM = `√?(?:${NUMBER}|${NAME})`;
  const UNIT = new RegExp(`${ATOM}(?:\\s*/\\s*${ATOM})?`, "gu");
  const IS_NUMBER = new RegExp(`^${NUMBER}$`, "u");
  // writing without spaces
  const DENSE =
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

  // 10⁻³, 1e-03 and 0.001 are one number, √5, sqrt(5) and 5**0.5 one root.
  function plain(text) {
    return text
      .replace(/[⁺⁻⁰¹²³⁴-⁹]+/g, (high) => `^${high.normalize("NFKC")}`)
      .normalize("NFKD")
      .replace(/[\u0300-\u036f]/g, "")
      .normalize("NFKC")
      .toLowerCase()
      .replace(/[\u2010-\u2015\u2212]/g, "-")
      .replace(/[\u2044\u2215]/g, "/")
      .replace(/(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])/g, (number) => number.replaceAll(",", ""))
      .replace(
        /(?:(\d+(?:\.\d+)?)\s*[×x*·⋅]\s*|(?<![\w.]))10\s*(?:\^|\*\*)\s*[({]?([+-]?\d+)[)}]?/g,
        (_, factor = 1, power) => `${factor}e${power}`,
      )
      .replace(/(?<![\w.)])(\d+)\s*\*\*\s*0?\.5(?!\d)/g, "√$1")
      .replace(/\\?(?:\b[a-z]+\.)*\bsqrt\s*/g, "√")
      .replace(/\b(?:square )?root (?:of )?(?=\d)/g, "√")
      .replace(/√\s*[({]([^(){}]*)[)}]/g, (_, inside) => `√${inside.replace(/\s/g, "")}`);
  }

  // A word as its keys, of which the first stands for all of it, and its parts; "before"
  // are the names in whose dots it stands.
  const known = new Map();
  function atom(text) {
    if (!known.has(text)) known.set(text, taken(text));
    return known.get(text);
  }
  function taken(text) {
    if (text.startsWith("√")) {
      const key = `√${atom(text.slice(1)).keys[0]}`;
      return { keys: [key], parts: [key] };
    }
    if (IS_NUMBER.test(text)) return { keys: [`${Number(text)}`], parts: [`${Number(text)}`] };
    const dotted = text.split(".");
    const keys = dotted.map((_, at) => dotted.slice(at).join("").replace(/[_-]/g, "")).filter(Boolean);
    const [parts, ...before] = dotted.reverse().map((name) => name.split(/[_-]+/).filter(Boolean));
    return { keys, parts, before: before.flat() };
  }

  function units(text) {
    const found = [];
    for (const [word] of plain(text).matchAll(UNIT)) {
      if (DENSE.test(word)) {
        const cut = new Intl.Segmenter(lang, { granularity: "word" });
        for (const { segment } of cut.segment(word)) found.push({ keys: [segment], parts: [segment] });
        continue;
      }
      const [over, under] = word.split(/\s*\/\s*/).map(atom);
      if (under) found.push({ keys: [`${over.keys[0]}/${under.keys[0]}`], parts: [...over.parts, ...under.parts] });
      else if (over.parts.length) found.push(over);
    }
    return found;
  }

  const wordsOf = (text) =>
    units(text).flatMap((unit) => {
      const { keys, parts, before = [] } = unit;
      return (unit.words ??= [...new Set([...keys, ...parts, ...before])]);
    });

  // Places -------------------------------------------------------------------------------

  const engine = new MiniSearch({
    fields: ["title", "text", "code", "page"],
    tokenize: wordsOf,
    processTerm: (word) => word,
  });
  const isWord = (word) => /^\p{L}+$/u.test(word);
  const EXACT = { tokenize: (word) => [word], boost: { title: 4, text: 1, code: 0.6, page: 0.5 } };
  const BEGINNING = { ...EXACT, prefix: (word) => isWord(word) || /[.e/]|[\p{L}_]/u.test(word) };

  // The places of one word: its score and the words of the page that it is, by passage.
  function placesOf({ keys, parts }) {
    const places = new Map();
    const add = (results, weight) => {
      for (const { id, score, terms } of results) {
        const place = places.get(id) ?? { score: 0, terms: new Set() };
        place.score = Math.max(place.score, weight * score);
        for (const term of terms) place.terms.add(term);
        places.set(id, place);
      }
    };
    for (const key of keys) add(engine.search(key, BEGINNING), 1);
    // its parts apart: batch-norm, batch normalization; of a fraction, only without it
    if (parts.length > 1 && !(keys[0].includes("/") && places.size))
      add(engine.search({ combineWith: "AND", queries: parts, ...BEGINNING }), 0.25);
    // other endings: vanishing, vanishes
    const [key] = keys;
    if (isWord(key) && key.length > 5) {
      const stem = key.slice(0, Math.max(5, Math.ceil(0.65 * key.length)));
      add(engine.search(stem, { ...EXACT, prefix: true }), 0.3);
    }
    return places;
  }

  // The word of the book that a word was meant to be; none if there is none like it.
  function meant(word) {
    if (!isWord(word) || word.length < 4) return undefined;
    for (const fuzzy of word.length > 5 ? [1, 2] : [1]) {
      const times = new Map();
      for (const { terms } of engine.search(word, { ...EXACT, fuzzy }))
        for (const term of terms) if (isWord(term)) times.set(term, (times.get(term) ?? 0) + 1);
      const [best] = [...times].sort(([, one], [, other]) => other - one);
      if (best) return best[0];
    }
    return undefined;
  }

  // What a question has beside what it asks for, as one would write it in this language.
  const BESIDE = new Set(
    wordsOf(say("a an and any are as at be by can do does for from how i if in into is it its me my not of on or should so than that the then there this to too was we what when where which who why will with you your")),
  );

  // The places of all words together, best first; those that lack an important word are
  // left out where others have it.
  function search(query) {
    const unknown = [];
    const instead = [];
    const asked = [];
    const all = units(query);
    const said = all.filter(({ keys }) => !BESIDE.has(keys[0]));
    for (const unit of said.length ? said : all) {
      let places = placesOf(unit);
      if (!places.size) {
        const [key] = unit.keys;
        const other = meant(key);
        if (other) {
          instead.push([key, other]);
          places = placesOf({ keys: [other], parts: [other] });
        } else unknown.push(key);
      }
      if (places.size) asked.push({ places, weight: Math.log(1 + passages.length / places.size) });
    }
    const whole = asked.reduce((sum, { weight }) => sum + weight, 0);
    const found = new Map();
    for (const { places, weight } of asked)
      for (const [id, { score, terms }] of places) {
        const place = found.get(id) ?? { id, score: 0, share: 0, terms: new Set() };
        place.score += score;
        place.share += weight / whole;
        for (const term of terms) place.terms.add(term);
        found.set(id, place);
      }
    const best = Math.max(...[...found.values()].map(({ share }) => share));
    const places = [...found.values()]
      .filter(({ share }) => share >= 0.6 * best)
      .sort((one, other) => other.score * other.share ** 2 - one.score * one.share ** 2);
    return { places, instead, unknown };
  }

  // What is shown ------------------------------------------------------------------------

  const CHUNK = /√\([^()]*\)|[\p{L}\p{N}_√](?:[\p{L}\p{N}_√.^⁺⁻⁰¹²³⁴-⁹/-]*[\p{L}\p{N}_√⁰¹²³⁴-⁹])?/gu;

  // A text in pieces, each with which of the words it is.
  function pieces(text, terms) {
    const found = [];
    let end = 0;
    for (const { 0: chunk, index } of text.matchAll(CHUNK)) {
      const are = wordsOf(chunk).filter((word) => terms.has(word));
      if (!are.length) continue;
      found.push([text.slice(end, index), []], [chunk, are]);
      end = index + chunk.length;
    }
    return [...found, [text.slice(end), []]].filter(([piece]) => piece);
  }

  const marked = (text, terms) =>
    pieces(text, terms).map(([piece, are]) => (are.length ? make("mark", {}, piece) : piece));

  // The part of a text that has the most of the words: how many, and where it is.
  function richest(text, terms) {
    const hits = [];
    let at = 0;
    for (const [piece, are] of pieces(text, terms)) {
      if (are.length) hits.push([at, are]);
      at += piece.length;
    }
    let [begin, most] = [0, 0];
    hits.forEach(([start], place) => {
      const near = hits.slice(place).filter(([other]) => other < start + 0.8 * SNIPPET);
      const { size } = new Set(near.flatMap(([, are]) => are));
      if (size > most) [begin, most] = [start, size];
    });
    begin = begin > 60 ? text.lastIndexOf(" ", begin - 40) + 1 : 0;
    const rest = text.length - begin;
    const end = rest > SNIPPET ? Math.max(text.lastIndexOf(" ", begin + SNIPPET), begin + 1) : text.length;
    return { most, begin, end };
  }

  function shown({ id, terms }) {
    const [page, anchor, title, text, code] = passages[id];
    const [address, name] = pages[page];
    const href = `${dataset.content_root}${address}#${anchor}`;
    const link = make("a", { href }, ...marked(title || name, terms));
    link.addEventListener("click", () => link.closest("dialog")?.close());
    const item = make("li", {}, link);
    if (title !== name) item.append(make("p", { className: "search-where" }, name));
    const [prose, lines] = [richest(text, terms), richest(code, terms)];
    const [said, { begin, end }] = lines.most > prose.most ? [code, lines] : [text, prose];
    if (said) {
      const snippet = marked(said.slice(begin, end), terms);
      const className = said === text ? "" : "search-code";
      item.append(make("p", { className }, begin ? "… " : "", ...snippet, end < said.length ? " …" : ""));
    }
    return item;
  }

  // What is said of a search that found places, or none.
  function comment({ places, instead, unknown }) {
    const sentences = [];
    for (const word of unknown) sentences.push(say("Nothing has “{word}”.", { word }));
    for (const [word, other] of instead)
      sentences.push(say("Nothing has “{word}”; this is for “{other}”.", { word, other }));
    const count = places.length;
    if (count > MOST) sentences.push(say("{count} places, of which these are the first {most}.", { count, most: MOST }));
    else if (count > 1) sentences.push(say("{count} places.", { count }));
    else if (count) sentences.push(say("One place."));
    else sentences.push(say("Try another word for it, or fewer. These pages have names to look up:"));
    return sentences.join(" ");
  }

  // Each field has its own list below it.
  function attend(form) {
    const input = form.querySelector("input");
    const isPage = Boolean(form.closest("#search-page"));
    const status = make("p", { role: "status" });
    const list = make("ol");
    form.after(make("div", { className: "search-found" }, status, list));
    let last = "";

    const look = () => {
      const query = input.value.trim();
      if (query === last) return;
      last = query;
      list.replaceChildren();
      status.textContent = "";
      if (isPage) remember(query);
      if (!query) return;
      const found = search(query);
      status.textContent = comment(found);
      if (found.places.length) list.append(...found.places.slice(0, MOST).map(shown));
      else
        for (const page of lookedUp) {
          const [address, name] = pages[page];
          list.append(make("li", {}, make("a", { href: dataset.content_root + address }, name)));
        }
    };
    let soon;
    input.addEventListener("input", () => {
      clearTimeout(soon);
      soon = setTimeout(look, 120);
    });
    form.addEventListener("submit", (event) => {
      if (!isPage) return;
      event.preventDefault(); // it is shown already
      look();
    });
    // Down goes from the field through the places, up goes back.
    form.parentElement.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const stops = [input, ...list.querySelectorAll("a")];
      const place = stops.indexOf(document.activeElement);
      if (!step || place < 0 || !stops[place + step]) return;
      event.preventDefault();
      stops[place + step].focus();
    });
    if (isPage) {
      input.value ||= new URLSearchParams(location.search).get("q") ?? "";
      if (document.activeElement === document.body) input.focus();
    }
    look();
  }

  // The address keeps what was looked for: it is there again when one comes back.
  function remember(query) {
    const url = new URL(location.href);
    if (query) url.searchParams.set("q", query);
    else url.searchParams.delete("q");
    try {
      history.replaceState(history.state, "", url);
    } catch {
      // some browsers leave the address of a file as it is
    }
  }

  // A few passages at a time, so that one can go on typing.
  const rows = passages.map(([page, , title, text, code], id) => {
    const name = pages[page][1];
    return { id, title, text, code, page: name === title ? "" : name };
  });
  engine.addAllAsync(rows, { chunkSize: 8 }).then(() => {
    window.firstWeights.search = { search, wordsOf };
    document.querySelectorAll("form.bd-search").forEach(attend);
  });
})();
