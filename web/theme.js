// Runs before the first paint, so that a chosen theme never flashes. Without
// a choice the system's preference stands.
(function () {
	try {
		const theme = localStorage.getItem('callward.theme');
		if (theme === 'light' || theme === 'dark')
			document.documentElement.dataset.theme = theme;
	} catch {
		// Storage may be switched off; then the preference stands.
	}
})();
