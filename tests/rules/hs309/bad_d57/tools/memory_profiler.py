class OptimizedDataProcessor:
    def run(self, event):
        return event
