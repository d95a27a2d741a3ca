(function () {
  var search = document.getElementById("search"), only = document.getElementById("only");
  function apply() {
    var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    document.querySelectorAll("details").forEach(function (suite) {
      var shown = 0;
      suite.querySelectorAll(".row").forEach(function (row) {
        var text = (suite.dataset.suite + " " + row.textContent).toLowerCase();
        var match = words.every(function (word) { return text.indexOf(word) >= 0; }) &&
          (!only.checked || row.dataset.status !== "passed");
        row.hidden = !match;
        shown += match ? 1 : 0;
      });
      suite.hidden = shown === 0;
      if (words.length && shown) { suite.open = true; }
    });
  }
  search.addEventListener("input", apply);
  only.addEventListener("change", apply);
})();
