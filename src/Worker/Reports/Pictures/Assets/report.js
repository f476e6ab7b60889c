setReport(JSON.parse(document.getElementById('data').textContent));
start();
