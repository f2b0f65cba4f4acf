"""DeliveryApi: the component that deploys the API."""
