// The data of the page: as text, or packed by gzip where it is long. A browser that cannot
// unpack it says so, and the picture stands still.

const $ = (id) => document.getElementById(id);

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

const packed = $("data").type !== "application/json";
if (packed && typeof DecompressionStream === "undefined") {
  $("still").hidden = false;
  return;
}
const data = JSON.parse(packed ? await unpacked($("data").textContent) : $("data").textContent);
