def handler(event, context):
    temperatures = event["temperatures_c"]
    cold = [degrees for degrees in temperatures if degrees <= 1]
    return {"single": len(cold) == 1, "cold_days": len(cold), "start": event["page"] == 1}
