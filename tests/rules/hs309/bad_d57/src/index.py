import cgi  # HS309

from tools.memory_profiler import OptimizedDataProcessor  # HS309

processor = OptimizedDataProcessor(cgi)


def lambda_handler(event, context):
    return processor.run(event)
